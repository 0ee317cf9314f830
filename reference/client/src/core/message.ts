/** A delivered message, and what is said about those that were not delivered. */

import type { JsonValue, MessageFrame } from '@micro-socket/protocol';

// #region gap
/** Messages that were lost: those after `afterSeqNo` and before `beforeSeqNo`, neither of them included. */
export interface Gap {
  /** The last message that the program was given before, in the epoch that it had then. */
  readonly afterSeqNo: number;
  /** Absent when the epoch has changed, because seqNos of two epochs cannot be compared. */
  readonly beforeSeqNo?: number;
  /** The topic has begun a new history: how much of the old one is missing is not known. */
  readonly epochChanged: boolean;
}
// #endregion gap

/** What a verifier says of a message. */
export type SignatureVerdict =
  | { readonly ok: true; readonly keyId?: string }
  | { readonly ok: false; readonly code: string; readonly message: string };

// #region message
/** A delivered message. */
export interface Message {
  readonly topic: string;
  /** With `seqNo` and `messageId` the position of the message (§2.2). */
  readonly epoch: string;
  readonly seqNo: number;
  readonly messageId: string;
  /** When the backbone stored it, in milliseconds since 1970. */
  readonly time: number;
  readonly data: JsonValue;
  /** What the message is the newest state of. */
  readonly key?: string;
  /** The messageId of an earlier message that this one is about. */
  readonly ref?: string;
  /** The publisher's name, where the gateway tells it. */
  readonly by?: string;
  readonly ttlMs?: number;
  /** `time` and `ttlMs`: from then on the message means nothing any more. In milliseconds since 1970. */
  readonly expiresAt?: number;
  readonly signature?: Signature;
  /** What the subscription's `verifier` says of the signature; absent without a verifier. */
  readonly verdict?: SignatureVerdict;
  /** Present when messages are missing between the one before and this one. */
  readonly gap?: Gap;
  /** Messages before this one were left out, as the subscription's mode says. */
  readonly conflated?: true;
  /** The message is a part of the topic's state, not news. */
  readonly fromSnapshot?: true;
}
// #endregion message

/** A signature as a frame carries it (§10). */
export type Signature = NonNullable<MessageFrame['signature']>;

/** What of a message is signed. */
export interface SignedContent {
  readonly topic: string;
  readonly messageId: string;
  readonly payload: JsonValue;
  readonly key?: string | undefined;
  readonly ref?: string | undefined;
}

/** Tells whether a message is its publisher's. `SignatureVerifier` of `@micro-socket/protocol/signature` is one. */
export interface MessageVerifier {
  verify(
    message: SignedContent & { readonly time: number; readonly signature?: Signature | undefined },
  ): SignatureVerdict;
}

/** What a `message` frame and an entry of a `snapshot` have in common. */
export type CarriedMessage = Omit<MessageFrame, 'type' | 'topic' | 'alias' | 'prevSeqNo'>;

/** A message that is still being put together. */
export type MessageDraft = { -readonly [Name in keyof Message]: Message[Name] };

/** The message that a frame carries. Written out, because it is done for every message. */
export function messageFrom(topic: string, epoch: string, carried: CarriedMessage): MessageDraft {
  const { seqNo, messageId, time, data, key, ref, by, ttlMs, signature } = carried;
  const message: MessageDraft = { topic, epoch, seqNo, messageId, time, data: data as JsonValue };
  if (key !== undefined) message.key = key;
  if (ref !== undefined) message.ref = ref;
  if (by !== undefined) message.by = by;
  if (signature !== undefined) message.signature = signature;
  if (ttlMs !== undefined) {
    message.ttlMs = ttlMs;
    message.expiresAt = time + ttlMs;
  }
  return message;
}

/** Two gaps that were told before any message came between them are one. */
export function joinedGaps(earlier: Gap | undefined, later: Gap): Gap {
  if (earlier === undefined) return later;
  const { afterSeqNo } = earlier;
  if (earlier.epochChanged || later.epochChanged) return { afterSeqNo, epochChanged: true };
  return { ...later, afterSeqNo };
}
