/**
 * For subscribers that may be given the newest price of each instrument in place of older ones: none of them goes back,
 * comes twice or is wrong, and in the end everybody has the newest one of every instrument.
 *
 * A snapshot takes the place of all that was shown, so it may repeat a price. No sockets and no clock here.
 */

import type { BenchError } from '../errors.ts';
import { ExpectedPrices } from './expected-price.ts';
import { numberAt, topicOf } from './market.ts';
import {
  type Arrival,
  type ConnectionTopics,
  failure,
  INSTRUMENT_COUNT,
  otherFrame,
  type PriceCheck,
  parsedFrame,
} from './price-check.ts';

interface Shown {
  readonly who: string;
  readonly prices: ExpectedPrices;
  /** By instrument: the newest tick whose price was shown, or -1. */
  readonly newest: Int32Array;
  seqNo: number;
}

/** What messages and entries of snapshots have in common. */
interface Entry {
  readonly seqNo?: unknown;
  readonly data?: { readonly type?: unknown; readonly sourceTime?: number } | null;
}

export interface NewestCheckOptions {
  /** By connection. */
  readonly topics: readonly ConnectionTopics[];
  readonly versions: readonly number[];
}

export class NewestCheck implements PriceCheck {
  /** By connection, then by topic. */
  readonly #shown: readonly ReadonlyMap<string, Shown>[];
  readonly #count: number;
  /** By instrument: the newest tick that was published since there are subscribers, or -1. */
  readonly #newest = new Int32Array(INSTRUMENT_COUNT).fill(-1);
  /** By instrument: how many subscribers show it. */
  readonly #upToDate = new Int32Array(INSTRUMENT_COUNT);
  #published = 0;
  #deliveries = 0;

  constructor({ topics, versions }: NewestCheckOptions) {
    this.#shown = topics.map((channels, connection) => {
      const shown = channels.map((channel): [string, Shown] => {
        const topic = topicOf(channel);
        const prices = new ExpectedPrices(channel, versions[channel] as number);
        const newest = new Int32Array(INSTRUMENT_COUNT).fill(-1);
        return [topic, { who: `subscriber ${connection + 1} of ${topic}`, prices, newest, seqNo: 0 }];
      });
      return new Map(shown);
    });
    this.#count = topics.reduce((sum, { length }) => sum + length, 0);
  }

  get isComplete(): boolean {
    return this.#newest.every((number, at) => number === -1 || this.#upToDate[at] === this.#count);
  }

  get deliveries(): number {
    return this.#deliveries;
  }

  expect(first: number, count: number): void {
    for (let number = first; number < first + count; number++) {
      this.#newest[number % INSTRUMENT_COUNT] = number;
      this.#upToDate[number % INSTRUMENT_COUNT] = 0;
    }
    this.#published = first + count;
  }

  take(connection: number, frame: Buffer): Arrival {
    const who = `subscriber ${connection + 1}`;
    const got = parsedFrame(frame, who);
    const shown = this.#shown[connection]?.get(String(got['topic']));
    if (shown === undefined) return otherFrame(got, who);
    if (got['type'] === 'message') this.#takeMessage(shown, got as Entry);
    else if (got['type'] === 'snapshot') this.#takeSnapshot(shown, got['entries'] as readonly Entry[]);
    else return otherFrame(got, shown.who);
    return 'prices';
  }

  lost(silenceMs: number): BenchError {
    const at = this.#newest.findIndex((number, place) => number !== -1 && this.#upToDate[place] !== this.#count);
    if (at === -1) return failure('MESSAGE_LOST', 'the publisher', `got no ack for a tick within ${silenceMs} ms`);
    const all = this.#shown.flatMap((shown) => [...shown.values()]);
    const behind = all.find(({ newest }) => newest[at] !== this.#newest[at]);
    return failure(
      'MESSAGE_LOST',
      behind?.who ?? 'a subscriber',
      `did not get the price of tick ${this.#newest[at]} within ${silenceMs} ms, which is the newest of its instrument`,
    );
  }

  #takeMessage(shown: Shown, { seqNo, data }: Entry): void {
    if (typeof seqNo !== 'number' || seqNo <= shown.seqNo) {
      throw failure('MESSAGE_OUT_OF_ORDER', shown.who, `got seqNo ${JSON.stringify(seqNo)} after ${shown.seqNo}`);
    }
    shown.seqNo = seqNo;
    const number = this.#numberOf(shown, data);
    const before = shown.newest[number % INSTRUMENT_COUNT] as number;
    if (number === before) throw failure('MESSAGE_DUPLICATED', shown.who, `got the price of tick ${number} again`);
    this.#show(shown, number);
  }

  #takeSnapshot(shown: Shown, entries: readonly Entry[]): void {
    for (const { seqNo, data } of entries) {
      if (data?.type !== 'tick') continue;
      if (typeof seqNo === 'number') shown.seqNo = Math.max(shown.seqNo, seqNo);
      const number = this.#numberOf(shown, data);
      if (number !== shown.newest[number % INSTRUMENT_COUNT]) this.#show(shown, number);
    }
  }

  #show(shown: Shown, number: number): void {
    const at = number % INSTRUMENT_COUNT;
    const before = shown.newest[at] as number;
    if (number < before) {
      throw failure('MESSAGE_OUT_OF_ORDER', shown.who, `got the price of tick ${number} after that of tick ${before}`);
    }
    shown.newest[at] = number;
    this.#deliveries += 1;
    if (number === this.#newest[at]) this.#upToDate[at] = (this.#upToDate[at] as number) + 1;
  }

  /** The tick that made this price. Throws `BenchError` for a price that no tick makes. */
  #numberOf({ who, prices }: Shown, data: Entry['data']): number {
    const number = numberAt(data?.sourceTime ?? Number.NaN);
    const isOne = Number.isSafeInteger(number) && number >= 0 && number < this.#published;
    if (isOne && JSON.stringify(data) === prices.payloadText(number)) return number;
    const meant = isOne ? `, and tick ${number} is ${prices.payloadText(number)}` : '';
    throw failure('MESSAGE_DAMAGED', who, `got ${JSON.stringify(data)}${meant}`);
  }
}
