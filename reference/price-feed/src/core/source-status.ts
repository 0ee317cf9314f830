/**
 * How the source of the feed is, as a message: the feed writes it to a topic beside the main one, again and again, and
 * every gateway reads it there. Ages and not moments, because the clocks of two machines differ.
 */

import type { JsonValue } from '@micro-socket/protocol';

/** `ok`: ticks come. `stale`: the source is there and says nothing. `lost`: it cannot be reached. `ended`: it has told all. */
export type SourceState = 'ok' | 'stale' | 'lost' | 'ended';

const STATES: readonly string[] = ['ok', 'stale', 'lost', 'ended'];

export interface SourceStatus {
  readonly type: 'source';
  readonly source: string;
  readonly state: SourceState;
  /** How long ago the newest tick was stored, in milliseconds. */
  readonly silentMs: number;
  readonly why?: string | undefined;
}

/** Under which key the status is state. */
export const STATUS_KEY = 'source';

/** How often the feed says how its source is, even where nothing has changed. */
export const STATUS_INTERVAL_MS = 500;

/** For how long a source may say nothing until it is stale. */
export const STALE_AFTER_MS = 1_500;

/** The status that a payload is, or `undefined` for one that is none. */
export function readStatus(payload: JsonValue): SourceStatus | undefined {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return undefined;
  const status = payload as unknown as SourceStatus;
  const { type, source, state, silentMs } = status;
  const isStatus =
    type === 'source' &&
    typeof source === 'string' &&
    STATES.includes(state) &&
    Number.isFinite(silentMs) &&
    silentMs >= 0;
  return isStatus ? status : undefined;
}
