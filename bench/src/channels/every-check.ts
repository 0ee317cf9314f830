/**
 * For subscribers that must get every price: each in its place, byte for byte, once.
 *
 * The quick way compares the end of a frame with the bytes that must come. One frame in `SAMPLE_EVERY` is parsed as well,
 * and so is the one behind it, whose `prevSeqNo` must name it. Only a frame that is not what was expected takes the slow
 * way, which finds out why. No sockets and no clock here.
 */

import type { BenchError } from '../errors.ts';
import { ExpectedPrices } from './expected-price.ts';
import { instrumentOf, numberAt, topicOf } from './market.ts';
import {
  type Arrival,
  type ConnectionTopics,
  failure,
  otherFrame,
  type PriceCheck,
  parsedFrame,
} from './price-check.ts';

/** A prime, so that samples visit all subscriptions. */
const SAMPLE_EVERY = 61;

/** How every message begins; the topic follows. */
const HEAD = Buffer.from('{"type":"message","topic":"');
const QUOTE = 0x22;

interface Held {
  readonly who: string;
  readonly topic: string;
  readonly channel: number;
  /** The tick that must come next. */
  next: number;
  /** The seqNo of the price before, where that one was sampled. */
  sampledSeqNo: number | undefined;
}

export interface EveryCheckOptions {
  /** By connection. */
  readonly topics: readonly ConnectionTopics[];
  /** What the server named for each channel, by its number. */
  readonly versions: readonly number[];
  /** The first tick that subscribers must get. */
  readonly first: number;
}

export class EveryCheck implements PriceCheck {
  /** By connection, then by topic. */
  readonly #held: readonly ReadonlyMap<string, Held>[];
  readonly #count: number;
  readonly #prices = new Map<number, ExpectedPrices>();
  /** By channel: how the messages from tick `#first` on must end. */
  readonly #tails = new Map<number, Buffer[]>();
  #first: number;
  #published: number;
  #missing = 0;
  #deliveries = 0;

  constructor({ topics, versions, first }: EveryCheckOptions) {
    this.#first = first;
    this.#published = first;
    this.#held = topics.map((channels, connection) => {
      const held = channels.map((channel): [string, Held] => {
        const topic = topicOf(channel);
        const who = `subscriber ${connection + 1} of ${topic}`;
        return [topic, { who, topic, channel, next: first, sampledSeqNo: undefined }];
      });
      return new Map(held);
    });
    this.#count = topics.reduce((sum, { length }) => sum + length, 0);
    for (const channel of new Set(topics.flat())) {
      this.#prices.set(channel, new ExpectedPrices(channel, versions[channel] as number));
      this.#tails.set(channel, []);
    }
  }

  get isComplete(): boolean {
    return this.#missing === 0;
  }

  get deliveries(): number {
    return this.#deliveries;
  }

  expect(first: number, count: number): void {
    if (this.isComplete) {
      this.#first = first;
      for (const tails of this.#tails.values()) tails.length = 0;
    }
    for (const [channel, prices] of this.#prices) {
      const tails = this.#tails.get(channel) as Buffer[];
      for (let number = first; number < first + count; number++) {
        const { id } = instrumentOf(number);
        tails.push(Buffer.from(`,"data":${prices.payloadText(number)},"key":"${id}"}`));
      }
    }
    this.#published = first + count;
    this.#missing += count * this.#count;
  }

  take(connection: number, frame: Buffer): Arrival {
    const held = this.#heldBy(connection, frame);
    const tail = held === undefined ? undefined : this.#tails.get(held.channel)?.[held.next - this.#first];
    if (held === undefined || tail === undefined || !endsWith(frame, tail)) {
      return this.#unexpected(connection, held, frame);
    }
    held.next += 1;
    this.#missing -= 1;
    this.#deliveries += 1;
    if (held.sampledSeqNo !== undefined || this.#deliveries % SAMPLE_EVERY === 0) sample(held, frame);
    return 'prices';
  }

  lost(silenceMs: number): BenchError {
    const all = this.#held.flatMap((held) => [...held.values()]);
    const behind = all.find(({ next }) => next < this.#published);
    if (behind === undefined) {
      return failure('MESSAGE_LOST', 'the publisher', `got no ack for a tick within ${silenceMs} ms`);
    }
    return failure('MESSAGE_LOST', behind.who, `did not get the price of tick ${behind.next} within ${silenceMs} ms`);
  }

  #heldBy(connection: number, frame: Buffer): Held | undefined {
    if (frame.length <= HEAD.length || frame.compare(HEAD, 0, HEAD.length, 0, HEAD.length) !== 0) return undefined;
    const topic = frame.toString('latin1', HEAD.length, frame.indexOf(QUOTE, HEAD.length));
    return this.#held[connection]?.get(topic);
  }

  #unexpected(connection: number, held: Held | undefined, frame: Buffer): Arrival {
    const who = held?.who ?? `subscriber ${connection + 1}`;
    const got = parsedFrame(frame, who);
    if (got['type'] !== 'message' || held === undefined) return otherFrame(got, who);
    const data = JSON.stringify(got['data']) ?? 'nothing';
    const number = numberAt((got['data'] as { sourceTime?: number } | null)?.sourceTime ?? Number.NaN);
    const isOne = Number.isSafeInteger(number) && number >= 0 && number < this.#published;
    if (!isOne || data !== this.#prices.get(held.channel)?.payloadText(number)) {
      const meant = this.#prices.get(held.channel)?.payloadText(held.next);
      throw failure('MESSAGE_DAMAGED', who, `got ${data} in place of tick ${held.next}, which is ${meant}`);
    }
    if (number < held.next) throw failure('MESSAGE_DUPLICATED', who, `got the price of tick ${number} again`);
    if (number === held.next) {
      throw failure('MESSAGE_DAMAGED', who, `got the price of tick ${number} in a frame of another form: ${frame}`);
    }
    throw failure('MESSAGE_OUT_OF_ORDER', who, `got the price of tick ${number} before that of tick ${held.next}`);
  }
}

function sample(held: Held, frame: Buffer): void {
  const { who, topic, next, sampledSeqNo: before } = held;
  const got = parsedFrame(frame, who);
  const { seqNo, prevSeqNo } = got;
  const isAfter = typeof seqNo === 'number' && typeof prevSeqNo === 'number' && seqNo > prevSeqNo;
  if (got['topic'] !== topic || !isAfter || (before !== undefined && prevSeqNo !== before)) {
    const what = `seqNo ${JSON.stringify(seqNo)} behind ${JSON.stringify(prevSeqNo)}`;
    throw failure('MESSAGE_DAMAGED', who, `got the price of tick ${next - 1} with ${what}, after ${before}`);
  }
  held.sampledSeqNo = before === undefined ? seqNo : undefined;
}

function endsWith(frame: Buffer, tail: Buffer): boolean {
  const start = frame.length - tail.length;
  return start > 0 && frame.compare(tail, 0, tail.length, start) === 0;
}
