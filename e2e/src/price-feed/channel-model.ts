/**
 * What a channel must show of each message of the main feed. It goes along the main feed, message by message, and knows
 * of margins only what was told to the price feed over HTTP.
 */

import assert from 'node:assert/strict';
import type { Message } from '@micro-socket/client';
import type { JsonValue } from '@micro-socket/protocol';
import { textOfUnits } from './exact.ts';
import { expectedPrices, type Grid, type MarginsText, type PriceTexts, SIDES } from './expected-price.ts';

/** A message of either feed, as far as it is known to the suite. */
export interface FeedData {
  readonly type: string;
  readonly instrument?: string;
  readonly channel?: string;
  readonly decimals?: number;
  readonly tickSize?: number;
  readonly bid?: number;
  readonly ask?: number;
  readonly last?: number;
  readonly sourceTime?: number;
  readonly sourceSeq?: number;
  readonly version?: number;
  readonly quotes?: readonly FeedData[];
}

export interface ChannelModelOptions {
  readonly channel: string;
  /** By version: the seqNo from which on they are in force. */
  readonly margins: ReadonlyMap<number, MarginsText>;
  /** Those that are in force before the first message. */
  readonly version: number;
}

/** The newest raw prices of an instrument. */
interface Raw {
  readonly texts: PriceTexts;
  readonly sourceTime: number;
}

export function dataOf(message: Message): FeedData {
  return message.data as unknown as FeedData;
}

/** Of a message of an instrument. */
export function gridOf({ decimals = 0, tickSize = 1 }: FeedData): Grid {
  return { decimals, tickSize };
}

/** The prices of a tick of the main feed, as texts. */
export function textsOf(tick: FeedData, { decimals }: Grid): PriceTexts {
  const given = SIDES.flatMap((side) => {
    const units = tick[side];
    return units === undefined ? [] : [[side, textOfUnits(units, decimals)] as const];
  });
  return Object.fromEntries(given);
}

export class ChannelModel {
  readonly #options: ChannelModelOptions;
  readonly #grids = new Map<string, Grid>();
  readonly #newest = new Map<string, Raw>();
  #version: number;

  constructor(options: ChannelModelOptions) {
    this.#options = options;
    this.#version = options.version;
  }

  /** Takes in what stood on the main feed before. */
  know(entries: readonly Message[]): void {
    for (const entry of entries) if (dataOf(entry).type !== 'margins') this.expected(entry);
  }

  /**
   * The payload that the channel must have for the next message of the main feed. `texts`: what the tick was made of,
   * where that is known; by default what its own numbers say.
   */
  expected(main: Message, texts?: PriceTexts): FeedData {
    const data = dataOf(main);
    switch (data.type) {
      case 'instrument':
        this.#grids.set(data.instrument ?? '', gridOf(data));
        return data;
      case 'tick':
        return this.#tick(data, texts);
      case 'margins':
        return data.channel === this.#options.channel ? this.#switch(main.seqNo) : { type: 'other' };
      default:
        throw new Error(`The main feed has a message that nobody knows: ${JSON.stringify(data)}.`);
    }
  }

  #tick(data: FeedData, given: PriceTexts | undefined): FeedData {
    const { instrument = '', sourceTime = Number.NaN } = data;
    const raw = { texts: given ?? textsOf(data, this.#grid(instrument)), sourceTime };
    this.#newest.set(instrument, raw);
    return { type: 'tick', ...this.#quote(instrument, raw), version: this.#version };
  }

  #switch(version: number): FeedData {
    assert(this.#options.margins.has(version), `${this.#options.channel} has changed at ${version}, and nobody asked.`);
    this.#version = version;
    const quotes = [...this.#newest].map(([instrument, raw]) => this.#quote(instrument, raw));
    return { type: 'margins', version, quotes: inOrder(quotes) };
  }

  #quote(instrument: string, { texts, sourceTime }: Raw) {
    const margins = this.#options.margins.get(this.#version);
    assert(margins, `Nobody knows the margins ${this.#version}.`);
    return { instrument, ...expectedPrices(texts, instrument, margins, this.#grid(instrument)), sourceTime };
  }

  #grid(instrument: string): Grid {
    const grid = this.#grids.get(instrument);
    assert(grid, `${instrument} has a price before it was defined.`);
    return grid;
  }
}

/** Compares everything that a channel delivered with the main feed, message by message. */
export function assertDerived(
  model: ChannelModel,
  main: readonly Message[],
  channel: readonly Message[],
  textsAt: (index: number) => PriceTexts | undefined = () => undefined,
): void {
  assert.equal(channel.length, main.length, 'the channel has more messages than the main feed, or fewer');
  main.forEach((message, index) => {
    const expected = model.expected(message, textsAt(index));
    assertShows(channel[index] as Message, message, expected);
  });
}

/** A message of a channel stands at the place of the main one, and says what it must. */
export function assertShows(shown: Message, main: Message, expected: FeedData): void {
  const { topic, epoch, seqNo, messageId, time, key, data, gap } = shown;
  const place = `${topic} at ${seqNo}`;
  assert.equal(gap, undefined, `${place}: messages are missing before it`);
  const expectedKey = expected.type === 'other' ? 'other:' : main.key;
  assert.deepEqual(
    { epoch, seqNo, messageId, time, key },
    { epoch: main.epoch, seqNo: main.seqNo, messageId: main.messageId, time: main.time, key: expectedKey },
    `${place} is not where the main feed has it`,
  );
  assert.deepEqual(normal(data), expected, place);
}

/** Quotes of one message may stand in any order. */
function normal(data: JsonValue): FeedData {
  const { quotes, ...rest } = data as unknown as FeedData;
  return quotes === undefined ? rest : { ...rest, quotes: inOrder(quotes) };
}

function inOrder(quotes: readonly Partial<FeedData>[]): FeedData[] {
  const name = ({ instrument = '' }: Partial<FeedData>) => instrument;
  return [...quotes].sort((one, other) => (name(one) < name(other) ? -1 : 1)) as FeedData[];
}
