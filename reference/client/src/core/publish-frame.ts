/** The `publish` frame of what a program wants to publish (§4.4). */

import { type JsonValue, ProtocolError, type PublishFrame, payloadProblem } from '@micro-socket/protocol';
import type { Signature, SignedContent } from './message.ts';

// #region options
export interface PublishOptions {
  /** Made by the caller to be able to publish again in another run of the program. Default: a new ULID. */
  readonly messageId?: string;
  /** What the message is the newest state of. */
  readonly key?: string;
  /** The messageId of an earlier message that this one is about. */
  readonly ref?: string;
  /** Stores the message only if the topic's head has exactly this seqNo; otherwise rejects with SEQ_CONFLICT. */
  readonly expectSeqNo?: number;
  /** For how long the message means something, in milliseconds. */
  readonly ttlMs?: number;
  /** Signs the message; `signMessage` of `@micro-socket/protocol/signature` with a key does. */
  readonly signWith?: (message: SignedContent) => Signature;
  /** For gateways that publish for somebody else: whose messageId it is (§4.4). */
  readonly publisher?: string;
  /** For gateways: who is to be named as the publisher. */
  readonly by?: string;
}
// #endregion options

export interface PublishContent {
  readonly id: number;
  readonly topic: string;
  readonly messageId: string;
  readonly payload: JsonValue;
  readonly options: PublishOptions;
}

/** Throws `ProtocolError` INVALID_FIELD for what one of the encodings could not say, and what `signWith` throws. */
export function publishFrame({ id, topic, messageId, payload, options }: PublishContent): PublishFrame {
  const { key, ref, expectSeqNo, ttlMs, signWith, publisher, by } = options;
  mustBeSayable(topic, 'payload', payload);
  if (key !== undefined) mustBeSayable(topic, 'key', key);
  const signature = signWith?.({ topic, messageId, payload, key, ref });
  return {
    type: 'publish',
    id,
    topic,
    messageId,
    payload,
    ...(key === undefined ? {} : { key }),
    ...(ref === undefined ? {} : { ref }),
    ...(expectSeqNo === undefined ? {} : { expectSeqNo }),
    ...(ttlMs === undefined ? {} : { ttlMs }),
    ...(signature === undefined ? {} : { signature }),
    ...(publisher === undefined ? {} : { publisher }),
    ...(by === undefined ? {} : { by }),
  };
}

function mustBeSayable(topic: string, field: string, value: unknown): void {
  const problem = payloadProblem(value);
  if (problem !== undefined) throw new ProtocolError('INVALID_FIELD', `publish: ${field} ${problem}.`, { topic });
}
