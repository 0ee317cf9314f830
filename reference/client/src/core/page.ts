/** What `read` gives: a part of what a topic holds, once (§4.12). */

import type { JsonValue, PageFrame, Position, ReadFrame } from '@micro-socket/protocol';
import { PageTooLargeError } from './errors.ts';
import { type Message, messageFrom } from './message.ts';

/**
 * What to read. `head`: only where the topic stands. `snapshot`: its state. `last`: the newest messages. `after`: what is
 * still kept of what follows a seqNo. A position: what follows it, if it is anchored.
 */
export type ReadFrom = ReadFrame['from'] | Position;

export interface ReadOptions {
  /** How many messages at most, up to 1,000, after a seqNo or a position. Default 100. */
  readonly limit?: number;
}

/** A message in its place in the topic. */
export interface StoredMessage extends Message {
  /** The seqNo of the message before it in the same topic; 0 for the first. */
  readonly prevSeqNo: number;
}

export interface Page {
  readonly topic: string;
  /** Where the messages begin; for `head` and `snapshot` the head, which a state is complete up to. */
  readonly position: Position;
  /** Whether the position that was asked for is anchored; absent where none was. */
  readonly anchored?: boolean;
  /** Oldest first. */
  readonly messages: readonly StoredMessage[];
}

/** A client that is sent more than this in one answer is talking to something that is no gateway. */
const MESSAGES_MAX = 100_000;

/** One request and what has come of its answer. */
export class Reading {
  readonly #resolve: (page: Page) => void;
  readonly #reject: (error: Error) => void;
  readonly #messages: StoredMessage[] = [];

  constructor(resolve: (page: Page) => void, reject: (error: Error) => void) {
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Takes a part, and says whether that was the last one. */
  take({ topic, epoch, seqNo, messageId, anchored, entries, last }: PageFrame): boolean {
    for (const { prevSeqNo, ...carried } of entries) {
      this.#messages.push({ ...messageFrom(topic, epoch, { ...carried, data: carried.data as JsonValue }), prevSeqNo });
    }
    if (this.#messages.length > MESSAGES_MAX) {
      this.#reject(new PageTooLargeError(topic, MESSAGES_MAX));
      return true;
    }
    if (last) {
      const position = { epoch, seqNo, messageId };
      const answer = { topic, position, messages: this.#messages };
      this.#resolve(anchored === undefined ? answer : { ...answer, anchored });
    }
    return last;
  }

  fail(error: Error): void {
    this.#reject(error);
  }
}

/** `from` as a frame carries it: a program's position may have more fields, or a messageId that is undefined. */
export function readFrom(from: ReadFrom): ReadFrame['from'] {
  if (typeof from === 'string' || !('epoch' in from)) return from;
  const { epoch, seqNo, messageId } = from;
  return messageId === undefined ? { epoch, seqNo } : { epoch, seqNo, messageId };
}
