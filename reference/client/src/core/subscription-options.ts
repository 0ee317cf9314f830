/** What a program may ask of a subscription. */

import type { HealthFrame, Position, SubscriptionMode, SubscriptionRequest } from '@micro-socket/protocol';
import { ProtocolError } from '@micro-socket/protocol';
import { boundOf } from './bound.ts';
import type { IntegrityError, SignatureError } from './errors.ts';
import type { Gap, Message, MessageVerifier } from './message.ts';

/**
 * How long the messages of a topic take, or `stale`: its source is silent, and `lagMs` says for how long it was when this
 * was said (§5.8).
 */
export type Health = Pick<HealthFrame, 'state' | 'lagMs'>;

export interface SubscriptionOptions {
  /** What the program needs of the topic (§4.2). Default `stream`: every message, in order. */
  readonly mode?: SubscriptionMode;
  /** Where to begin. Default `live`: at the head. After a lost connection it goes on where it was. */
  readonly from?: 'live' | 'snapshot' | { readonly last: number } | Position;
  /**
   * What the gateway does when messages are missing after the position that the subscription goes on from: `live` goes
   * on at the head, `snapshot` sends the topic's state first, `reject` ends the subscription with POSITION_GONE. Default
   * `live`; in the modes `latest` and `keyed` `snapshot`, because they are about the state.
   */
  readonly onGap?: 'live' | 'snapshot' | 'reject';
  /** How many times a second a `latest` or `keyed` subscription is sent something at most. */
  readonly maxRateHz?: number;
  /** `stream` only: the gateway sends at most this many messages beyond the last confirmed one. */
  readonly confirmWindow?: number;
  /**
   * Who confirms, with a `confirmWindow`. `auto` (default): a message counts as dealt with when the callback has returned,
   * or when `for await` asks for the next one. `manual`: the program calls `confirm`.
   */
  readonly confirm?: 'auto' | 'manual';
  /** `stream` only: compares checksums with the gateway (§5.7). Default false. */
  readonly checksum?: boolean;
  /** Verifies signatures (§10); `SignatureVerifier` of `@micro-socket/protocol/signature` does. */
  readonly verifier?: MessageVerifier;
  /**
   * What becomes of a message that the verifier does not accept. `deliver-marked` (default): its `verdict` says so.
   * `drop-and-tell`: it is not delivered, `onSignatureError` hears of it, and the next message has a `gap`.
   */
  readonly onUnsigned?: 'deliver-marked' | 'drop-and-tell';
  /** What happens when the gateway has lost messages that were not delivered yet. Default `resubscribe`. */
  readonly onLagged?: 'resubscribe' | 'end';

  /** Called for each message. Without it, take messages with `for await`. */
  readonly onMessage?: (message: Message) => void;
  /**
   * Called with the whole state of the topic, before later messages: everything that the program knew of it before is
   * replaced. Without it, what the program has not been given yet comes as messages with `fromSnapshot`.
   */
  readonly onSnapshot?: (entries: readonly Message[]) => void;
  /** Called as soon as it is known that messages are missing; the next message tells it as well, with its `gap`. */
  readonly onLoss?: (gap: Gap) => void;
  readonly onHealth?: (health: Health) => void;
  /** Called when messages are not what the gateway holds. Default: the client's `onError`. */
  readonly onIntegrityError?: (error: IntegrityError) => void;
  /** Called for each message that is dropped by `drop-and-tell`. Default: the client's `onError`. */
  readonly onSignatureError?: (error: SignatureError) => void;
  /**
   * Called once when the subscription is over: with an error that says what was lost (`TopicClosedError`: nothing, but
   * the topic has ended), or without one where it was closed. `for await` hears of it by itself.
   */
  readonly onEnd?: (error: Error | undefined) => void;

  /**
   * How many messages may wait for `for await`. Default 10 000. At the bound the subscription ends with
   * `QueueFullError`; in the modes `latest` and `volatile` the oldest one is left out.
   */
  readonly queueMessagesMax?: number;
  /** How many messages may be held while missing ones are fetched. Default 1024. At the bound the gap is told instead. */
  readonly holdMessagesMax?: number;
  /** How many entries a snapshot may have. Default 100 000. Beyond, it ends with `SnapshotTooLargeError`. */
  readonly snapshotEntriesMax?: number;
}

/** The options with their defaults. */
export interface SubscriptionSettings extends SubscriptionOptions {
  readonly mode: SubscriptionMode;
  readonly queueMessagesMax: number;
  readonly holdMessagesMax: number;
  readonly snapshotEntriesMax: number;
}

/** Throws `RangeError` for a bound that is none, and `ProtocolError` for options that do not go together. */
export function subscriptionSettings(topic: string, options: SubscriptionOptions): SubscriptionSettings {
  const { mode = 'stream', checksum = false, confirmWindow = 1 } = options;
  if (checksum && mode !== 'stream') {
    const message = `subscribe: checksum is for the mode stream, because in the mode ${mode} messages are left out.`;
    throw new ProtocolError('INVALID_FIELD', message, { topic });
  }
  const queueMessagesMax = boundOf('queueMessagesMax', options.queueMessagesMax, 10_000);
  return {
    ...options,
    mode,
    // What the gateway may send before anything is confirmed must have room.
    queueMessagesMax: Math.max(queueMessagesMax, confirmWindow),
    holdMessagesMax: boundOf('holdMessagesMax', options.holdMessagesMax, 1_024),
    snapshotEntriesMax: boundOf('snapshotEntriesMax', options.snapshotEntriesMax, 100_000),
  };
}

/** What is asked of the gateway for a subscription that goes on from `from`, at the rate that is wanted by now. */
export function subscriptionRequest(
  topic: string,
  settings: SubscriptionSettings,
  from: SubscriptionOptions['from'],
  maxRateHz: number | undefined,
): SubscriptionRequest {
  const { mode, confirmWindow, checksum } = settings;
  const state = mode === 'latest' || mode === 'keyed';
  const onGap = settings.onGap ?? (state && typeof from === 'object' ? 'snapshot' : undefined);
  return {
    topic,
    ...(mode === 'stream' ? {} : { mode }),
    ...(from === undefined ? {} : { from: definedFrom(from) }),
    ...(onGap === undefined ? {} : { onGap }),
    ...(maxRateHz === undefined ? {} : { maxRateHz }),
    ...(confirmWindow === undefined ? {} : { confirmWindow }),
    ...(checksum === true ? { checksum } : {}),
  };
}

/** A program's position may have more fields, or a messageId that is undefined. */
function definedFrom(from: NonNullable<SubscriptionOptions['from']>): NonNullable<SubscriptionRequest['from']> {
  if (typeof from === 'string' || 'last' in from) return from;
  const { epoch, seqNo, messageId } = from;
  return messageId === undefined ? { epoch, seqNo } : { epoch, seqNo, messageId };
}
