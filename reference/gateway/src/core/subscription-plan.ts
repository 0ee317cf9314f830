/** What a subscription asks for, checked and with its defaults (§4.2). */

import { type Position, ProtocolError, type SubscriptionMode, type SubscriptionRequest } from '@micro-socket/protocol';
import { tierOf } from './pace.ts';

/** Where a subscription begins. */
export type Beginning =
  | { readonly at: 'live' }
  | { readonly at: 'snapshot' }
  | { readonly at: 'last'; readonly count: number }
  | { readonly at: 'position'; readonly position: Position };

export interface SubscriptionPlan {
  readonly topic: string;
  readonly mode: SubscriptionMode;
  readonly beginning: Beginning;
  readonly onGap: 'reject' | 'snapshot' | 'live';
  readonly tierHz: number | undefined;
  readonly confirmWindow: number | undefined;
  readonly checksum: boolean;
}

/** Reads a request. Throws `ProtocolError` INVALID_FIELD for options that contradict each other. */
export function planOf(request: SubscriptionRequest): SubscriptionPlan {
  const { topic, mode = 'stream', from, onGap = 'live', maxRateHz, confirmWindow, checksum = false } = request;
  if (confirmWindow !== undefined && mode !== 'stream') {
    throw new ProtocolError('INVALID_FIELD', 'subscribe: confirmWindow is for the mode stream only.', { topic });
  }
  return {
    topic,
    mode,
    beginning: beginningOf(from),
    onGap,
    tierHz: checkedTier(topic, mode, maxRateHz),
    confirmWindow,
    checksum,
  };
}

/** The tier of a rate that was asked for. Throws INVALID_FIELD for a mode that may leave nothing out. */
export function checkedTier(topic: string, mode: SubscriptionMode, maxRateHz: number | undefined): number | undefined {
  if (maxRateHz === undefined) return undefined;
  if (mode === 'latest' || mode === 'keyed') return tierOf(maxRateHz);
  const message = `subscribe: maxRateHz is for the modes latest and keyed; ${mode} would have to leave messages out.`;
  throw new ProtocolError('INVALID_FIELD', message, { topic });
}

function beginningOf(from: SubscriptionRequest['from']): Beginning {
  if (from === undefined || from === 'live') return { at: 'live' };
  if (from === 'snapshot') return { at: 'snapshot' };
  if ('last' in from) return { at: 'last', count: from.last };
  return { at: 'position', position: from };
}
