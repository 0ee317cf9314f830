/**
 * A backbone in the slowest and most obvious way: lists of all that ever happened, from which everything is computed
 * anew at every question. What is kept of a log is a number; what is state is searched in the whole log; what a topic is
 * charged is added up.
 */

import type { Limits } from '@micro-socket/protocol';
import type { PublishRequest } from '../src/index.ts';

interface Message extends PublishRequest {
  readonly time: number;
}

interface Topic {
  readonly name: string;
  /** Every message since the topic began. */
  readonly log: readonly Message[];
  /** How many of the newest messages are the history. */
  readonly kept: number;
  readonly listeners: number;
}

interface Id {
  readonly message: Message;
  readonly fingerprint: string;
}

export type Answer =
  | { readonly status: 'ok' }
  | { readonly status: 'duplicate'; readonly of: Message }
  | { readonly status: 'refused'; readonly code: string; readonly bound?: string; readonly afterMs?: number };

export class Model {
  readonly #limits: Limits;
  /** Whoever was left alone for the longest stands first. */
  #topics: Topic[] = [];
  #ids: Id[] = [];

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** `expectedToBeHead`: whether the publish expects the seqNo that the topic's head really has. */
  publish(request: PublishRequest, now: number, expectedToBeHead = true): Answer {
    const { dedupWindowMs, dedupEntriesMax, dedupEntriesPerPublisherMax, topicsMax, historyLengthMax } = this.#limits;
    const { stateKeysMax, historyBytesMax } = this.#limits;
    const { topic: name, publisher, messageId, key, payload } = request;

    const fingerprint = fingerprintOf(request);
    this.#ids = this.#ids.filter(({ message }) => message.time + dedupWindowMs > now);
    const sameId = ({ message }: Id) =>
      message.topic === name && message.publisher === publisher && message.messageId === messageId;
    const earlier = this.#ids.find(sameId);
    if (earlier !== undefined && earlier.fingerprint !== fingerprint) return refused('MESSAGE_ID_CONFLICT');
    if (earlier !== undefined) return { status: 'duplicate', of: earlier.message };
    if (!expectedToBeHead) return refused('SEQ_CONFLICT');

    const leavesIn = (id: Id | undefined) => (id?.message.time ?? now) + dedupWindowMs - now;
    const own = this.#ids.filter(({ message }) => message.publisher === publisher);
    if (own.length >= dedupEntriesPerPublisherMax) return full('dedupEntriesPerPublisherMax', leavesIn(own[0]));
    if (this.#ids.length >= dedupEntriesMax) return full('dedupEntriesMax', leavesIn(this.#ids[0]));

    const before = this.#topic(name);
    const isNew = !this.#topics.includes(before);
    if (isNew && this.#topics.length >= topicsMax && !this.#topics.some(isIdle)) return full('topicsMax');
    const keys = stateOf(before, now).map((message) => message.key);
    const addsKey = key !== undefined && payload !== null && !keys.includes(key);
    if (addsKey && keys.filter((known) => known !== undefined).length >= stateKeysMax) return full('stateKeysMax');

    const message = { ...request, time: now };
    const after = { ...before, log: [...before.log, message], kept: before.kept + 1 };
    let others = this.#topics.filter((topic) => topic !== before);
    // With the least that can be left: of this topic its state and the new message, of idle topics nothing.
    const least = { ...after, kept: 1 };
    const bytes = (topics: readonly Topic[]) => topics.reduce((sum, topic) => sum + bytesOf(topic, now), 0);
    if (bytes([least, ...others.filter((topic) => !isIdle(topic))]) > historyBytesMax) return full('historyBytesMax');

    while ((isNew && others.length >= topicsMax) || bytes([least, ...others]) > historyBytesMax) {
      others = others.toSpliced(others.findIndex(isIdle), 1);
    }
    let kept = Math.min(after.kept, historyLengthMax);
    while (bytes([{ ...after, kept }, ...others]) > historyBytesMax) kept -= 1;
    this.#topics = [...others, { ...after, kept }];
    this.#ids.push({ message, fingerprint });
    return { status: 'ok' };
  }

  /** False when there is no room for the topic. */
  listen(name: string): boolean {
    const topic = this.#topic(name);
    let others = this.#topics.filter((other) => other !== topic);
    if (others.length >= this.#limits.topicsMax) {
      if (!others.some(isIdle)) return false;
      others = others.toSpliced(others.findIndex(isIdle), 1);
    }
    this.#topics = [...others, { ...topic, listeners: topic.listeners + 1 }];
    return true;
  }

  unlisten(name: string): void {
    const topic = this.#topic(name);
    const left = { ...topic, listeners: topic.listeners - 1 };
    const others = this.#topics.filter((other) => other !== topic);
    this.#topics = isIdle(left) && left.log.length === 0 ? others : [...others, left];
  }

  history(name: string): readonly Message[] {
    return historyOf(this.#topic(name));
  }

  state(name: string, now: number): readonly Message[] {
    return stateOf(this.#topic(name), now);
  }

  #topic(name: string): Topic {
    return this.#topics.find((topic) => topic.name === name) ?? { name, log: [], kept: 0, listeners: 0 };
  }
}

function isIdle({ listeners }: Topic): boolean {
  return listeners === 0;
}

function historyOf({ log, kept }: Topic): readonly Message[] {
  return log.slice(log.length - kept);
}

function stateOf({ log }: Topic, now: number): readonly Message[] {
  return log.filter(({ key, payload, time, ttlMs }, at) => {
    const isNewest = log.findLastIndex((message) => message.key === key) === at;
    const isRemoved = key !== undefined && payload === null;
    return isNewest && !isRemoved && (ttlMs === undefined || time + ttlMs > now);
  });
}

function bytesOf(topic: Topic, now: number): number {
  const held = new Set([...historyOf(topic), ...stateOf(topic, now)]);
  return [...held].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function fingerprintOf({ payload, key, ref, ttlMs, signature }: PublishRequest): string {
  return JSON.stringify({ payload, key, ref, ttlMs, signature });
}

function refused(code: string): Answer {
  return { status: 'refused', code };
}

function full(bound: string, afterMs?: number): Answer {
  return { status: 'refused', code: 'OVERLOADED', bound, ...(afterMs === undefined ? {} : { afterMs }) };
}
