/**
 * Any history of ticks, channels and margins: what a channel sent live, what it sends again, and what its state says, are
 * one and the same, and each price is the one that the written rule gives in decimals.
 *
 * The model knows nothing of the code under test but the main log itself and what was asked for, in people's words.
 */

import type { Entry } from '@micro-socket/backbone';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import type { MarginsText, Quote, Tick } from '../src/index.ts';
import { priceMaxOf } from '../src/index.ts';
import { expectedPrice, textOf, textsOf } from './support/expected-price.ts';
import { BTC, ETH, type FeedWorld, feedWorld, type Heard, hear } from './support/feed-world.ts';

const CHANNELS = ['a', 'b'] as const;

type Step =
  | { readonly do: 'tick'; readonly instrument: string; readonly bid: number; readonly spread: number }
  | { readonly do: 'margins'; readonly channel: string; readonly margins: MarginsText }
  | { readonly do: 'close'; readonly channel: string }
  | { readonly do: 'settle' }
  | { readonly do: 'hear'; readonly channel: string };

const amount = fc.integer({ min: -300, max: 300 }).map((scaled) => textOf(scaled, 2));
const side = fc.record({
  basisPoints: fc.integer({ min: -50_000, max: 50_000 }).map((scaled) => textOf(scaled, 2)),
  amount,
});
const sides = fc.record({ bid: side, ask: side, last: side }, { requiredKeys: [] });
const margins = fc.record({ BTCUSDT: sides, ETHUSDT: sides }, { requiredKeys: [] });
const channel = fc.constantFrom(...CHANNELS);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('tick' as const),
      instrument: fc.constantFrom(BTC.id, ETH.id),
      bid: fc.integer({ min: 900, max: 1_100 }),
      spread: fc.nat(9),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('margins' as const), channel, margins }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), channel }) },
  { weight: 2, arbitrary: fc.constant({ do: 'settle' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('hear' as const), channel }) },
);

/** What a history came to. */
interface Told {
  readonly world: FeedWorld;
  readonly main: Entry[];
  /** By version: which margins it stands for, in people's words. */
  readonly versions: Map<number, MarginsText>;
  readonly heard: { readonly channel: string; readonly heard: Heard }[];
}

async function tell(steps: readonly Step[], historyLengthMax: number): Promise<Told> {
  const world = await feedWorld({ historyLengthMax });
  const main: Entry[] = [];
  await world.done(world.memory.subscribe('prices', (entry) => main.push(entry)));
  const versions = new Map<number, MarginsText>();
  const heard: Told['heard'] = [];
  const change = async (id: string, texts: MarginsText) => {
    const { channels, backbone } = world;
    const work = backbone.ledger.channels.has(id)
      ? channels.change(id, () => texts, undefined)
      : channels.create(id, texts);
    versions.set((await world.done(work)).current.version, texts);
  };
  for (const id of CHANNELS) await change(id, {});
  for (const each of steps) {
    const exists = 'channel' in each && world.backbone.ledger.channels.has(each.channel);
    if (each.do === 'tick') world.tick(each.bid, each.bid + each.spread, each.instrument);
    if (each.do === 'settle') await world.clock.settle();
    if (each.do === 'margins') await change(each.channel, each.margins);
    if (each.do === 'close' && exists) await world.done(world.channels.close(each.channel, 'It is over.', undefined));
    if (each.do === 'hear' && exists)
      heard.push({ channel: each.channel, heard: await hear(world, `prices.${each.channel}`) });
  }
  await world.clock.settle();
  return { world, main, versions, heard };
}

/** What stands on a channel for a message of the main log, by the rule; prices in decimal text. */
function expectedOf(entry: Entry, id: string, inForce: number, versions: ReadonlyMap<number, MarginsText>): unknown {
  const message = (entry.payload ?? { type: 'none' }) as unknown as Tick & {
    type: string;
    channel?: string;
    quotes: Quote[];
  };
  const quote = (of: Quote) => ({ instrument: of.instrument, ...priceOf(of, versions.get(inForce) ?? {}) });
  if (message.type === 'tick') return { type: 'tick', version: inForce, ...quote(message) };
  if (message.type === 'margins' && message.channel === id) {
    return { type: 'margins', version: inForce, quotes: message.quotes.map(quote) };
  }
  return { type: message.type === 'instrument' ? 'instrument' : 'other' };
}

function priceOf(quote: Quote, texts: MarginsText) {
  const grid = { step: '0.01', most: textOf(priceMaxOf(BTC), 2) };
  return expectedPrice(textsOf(quote, 2), texts[quote.instrument] ?? {}, grid);
}

/** The same of what was delivered. */
function shownOf({ payload }: Entry): unknown {
  const message = payload as unknown as Quote & { type: string; version: number; quotes: Quote[] };
  const { type, version } = message;
  const quote = (of: Quote) => ({ instrument: of.instrument, ...textsOf(of, 2) });
  if (type === 'tick') return { type, version, ...quote(message) };
  return type === 'margins' ? { type, version, quotes: message.quotes.map(quote) } : { type };
}

/** What a whole channel is, from its last beginning on: each message of the main log with the version in force. */
function linesOf({ main, versions }: Told, id: string): { entry: Entry; expected: unknown }[] | undefined {
  let lines: { entry: Entry; expected: unknown }[] | undefined;
  let inForce = 0;
  for (const entry of main) {
    const {
      type,
      channel: of,
      closed,
    } = (entry.payload ?? { type: 'none' }) as { type: string; channel?: string; closed?: string };
    if (type === 'margins' && of === id) {
      if (closed !== undefined) lines = undefined;
      else lines ??= [];
      inForce = entry.seqNo;
    }
    lines?.push({ entry, expected: expectedOf(entry, id, inForce, versions) });
  }
  return lines;
}

/** What a screen shows after these messages: the newest price of each instrument. */
function board(entries: readonly Entry[]): Map<string, unknown> {
  const shown = new Map<string, unknown>();
  for (const { payload } of entries) {
    const message = payload as unknown as Quote & { type: string; quotes: Quote[] };
    if (message.type === 'tick') shown.set(message.instrument, textsOf(message, 2));
    if (message.type === 'margins') for (const quote of message.quotes) shown.set(quote.instrument, textsOf(quote, 2));
  }
  return shown;
}

describe('any history of a feed', () => {
  it('is sent, sent again and shown by the written rule, whatever has left the history (I3, I6, I7)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.constantFrom(3, 12, 1_024), async (steps, lengthMax) => {
        const told = await tell(steps, lengthMax);
        const { backbone, done } = told.world;
        for (const { channel: id, heard } of told.heard) {
          const seqNos = heard.entries.map(({ seqNo }) => seqNo);
          expect(seqNos).toEqual(seqNos.map((_, index) => (seqNos[0] ?? 0) + index));
          if (heard.ends.length > 0) continue;
          const lines = linesOf(told, id)?.filter(({ entry }) => entry.seqNo > heard.subscription.head.seqNo) ?? [];
          expect(heard.entries.map(shownOf)).toEqual(lines.map(({ expected }) => expected));
        }
        for (const id of CHANNELS) {
          const lines = linesOf(told, id);
          if (lines === undefined) {
            await expect(done(backbone.head(`prices.${id}`))).rejects.toMatchObject({ code: 'NO_SUCH_TOPIC' });
            continue;
          }
          const again = await done(backbone.read(`prices.${id}`, { afterSeqNo: 0, limit: 10_000 }));
          const kept = again.length === 0 ? [] : lines.slice(-again.length);
          expect(again.length).toBe(Math.min(lines.length, lengthMax));
          expect(again.map(shownOf)).toEqual(kept.map(({ expected }) => expected));
          expect(again.map(({ messageId, prevSeqNo, epoch }) => ({ messageId, prevSeqNo, epoch }))).toEqual(
            kept.map(({ entry: { messageId, prevSeqNo, epoch } }) => ({ messageId, prevSeqNo, epoch })),
          );
          const first = await done(backbone.read(`prices.${id}`, { afterSeqNo: 0, limit: 2 }));
          expect(first).toEqual(again.slice(0, 2));
          const { entries } = await done(backbone.snapshot(`prices.${id}`));
          const byPlace = new Map(lines.map(({ entry, expected }) => [entry.seqNo, expected]));
          for (const entry of entries) {
            if (byPlace.has(entry.seqNo)) expect(shownOf(entry)).toEqual(byPlace.get(entry.seqNo));
            else expect(entry.payload).toMatchObject({ type: 'instrument' });
          }
          const whole = lines.map(({ entry, expected }) => ({ ...entry, payload: expected }) as Entry);
          const expectedBoard = new Map<string, unknown>();
          for (const { payload } of whole) {
            const message = payload as unknown as {
              type: string;
              instrument: string;
              quotes: { instrument: string }[];
            };
            const show = ({ instrument, ...price }: { instrument: string; type?: string; version?: number }) => {
              const { type: _, version: __, ...texts } = price;
              expectedBoard.set(instrument, texts);
            };
            if (message.type === 'tick') show(message);
            if (message.type === 'margins') message.quotes.forEach(show);
          }
          expect(board(entries)).toEqual(expectedBoard);
        }
      }),
      { numRuns: runs(150) },
    );
  });
});
