/** The benchmarks of the price feed: with real processes, as short as can be, and what their checks find. */

import { deriveQuote, type Instrument, marginsFor, parseMargins } from '@micro-socket/price-feed';
import { describe, expect, test } from 'vitest';
import { EveryCheck } from '../src/channels/every-check.ts';
import { ExpectedPrices } from '../src/channels/expected-price.ts';
import type { FeedProgramEntry } from '../src/channels/feed-program.ts';
import { INSTRUMENTS, instrumentOf, marginsOf, tickOf, topicOf } from '../src/channels/market.ts';
import { NewestCheck } from '../src/channels/newest-check.ts';
import { channelsPlan, connectionsOf } from '../src/channels/plan.ts';
import { PROGRAMS, runChannels } from '../src/channels/run.ts';
import type { ChannelsSample } from '../src/channels/sample.ts';
import { conflationPlan } from '../src/conflation/plan.ts';
import { programsOf, runConflation } from '../src/conflation/run.ts';
import type { ConflationSample } from '../src/conflation/sample.ts';

function options() {
  const seen: string[] = [];
  const onProgress = (done: number, total: number) => seen.push(`${done}/${total}`);
  return { seen, signal: new AbortController().signal, onProgress };
}

const overcharging = new URL('./fixtures/overcharging-feed.ts', import.meta.url).href;

describe('the channels benchmark', () => {
  const cells = [
    { channels: 3, subscribersPerChannel: 2, topicsPerConnection: 2 },
    { channels: 100, subscribersPerChannel: 0, topicsPerConnection: 1 },
    { channels: 1, subscribersPerChannel: 0, topicsPerConnection: 1 },
  ];
  const short = { cells, fillTicks: 20, repetitions: 2, repetitionMs: 0, repetitionMessagesMax: 5, warmUpMs: 0 };

  test('measures the programs in turn in each cell, and counts every price that was delivered and checked', async () => {
    const { seen, ...run } = options();
    const plan = channelsPlan(true, JSON.stringify(short));
    const { raw, rows } = await runChannels({ plan, programs: PROGRAMS, ...run });
    expect(
      (raw as ChannelsSample[]).map(({ program, channels, ticks, deliveries }) => [
        program,
        channels,
        ticks,
        deliveries,
      ]),
    ).toEqual(
      [
        [3, 6],
        [100, 0],
        [1, 0],
      ].flatMap(([channels, deliveries]) =>
        [1, 2].flatMap(() => PROGRAMS.map(({ name }) => [name, channels, 1, deliveries])),
      ),
    );
    expect(seen.at(-1)).toBe('12/12');
    const [subscribed, , idle] = rows;
    expect(Object.keys(subscribed?.figures ?? {})).toEqual(
      expect.arrayContaining(['cpuMicrosPerTick', 'cpuMicrosPerChannelTick', 'cpuMicrosPerDelivery']),
    );
    expect(Object.keys(idle?.figures ?? {})).not.toContain('cpuMicrosPerDelivery');
    expect(idle?.figures['channelBytes']?.median).toBeGreaterThan(0);
    expect(idle?.comparisons?.map(({ program, workload }) => [program, workload?.['channels']])).toEqual([
      ['naive', undefined],
      ['price-feed', 1],
    ]);
  });

  test('ends without figures when one price is one step too high, and names the subscriber and both prices', async () => {
    const plan = channelsPlan(
      true,
      JSON.stringify({ ...short, cells: cells.slice(0, 1), repetitionMs: 600_000, repetitionMessagesMax: 50 }),
    );
    const programs: FeedProgramEntry[] = [
      { name: 'overcharging', module: overcharging, wish: { mode: 'stream' }, delivers: 'every' },
    ];
    await expect(runChannels({ plan, programs, ...options() })).rejects.toMatchObject({
      code: 'MESSAGE_DAMAGED',
      message: expect.stringMatching(
        /^overcharging, 3 channels, 2 subscribers each: subscriber \d of prices\.c\d got .* in place of tick 22, which is /,
      ),
    });
  });

  test('refuses a plan with more channels than it has connections for', () => {
    const many = [{ channels: 2_001, subscribersPerChannel: 1, topicsPerConnection: 1 }];
    expect(() => channelsPlan(true, JSON.stringify({ cells: many }))).toThrow(/cells\.0\.channels/);
    const all = [{ channels: 201, subscribersPerChannel: 10, topicsPerConnection: 1 }];
    expect(() => channelsPlan(true, JSON.stringify({ cells: all }))).toThrow(/2,000 subscriptions/);
  });

  test('gives each subscriber a connection, or bundles channels', () => {
    const cell = { channels: 3, subscribersPerChannel: 2 };
    expect(connectionsOf({ ...cell, topicsPerConnection: 1 })).toEqual([[0], [1], [2], [0], [1], [2]]);
    expect(connectionsOf({ ...cell, topicsPerConnection: 2 })).toEqual([[0, 1], [2], [0, 1], [2]]);
  });
});

describe('the conflation benchmark', () => {
  const cells = [{ subscribers: 3, slowReaders: 1, ticksPerSecond: 1_000, ticks: 40 }];
  const changes = { cells, repetitions: 2, warmUpTicks: 16, tierHz: 20 };

  test('ends when everybody has what is owed: all prices, or the newest of each instrument', async () => {
    const plan = conflationPlan(true, JSON.stringify(changes));
    const programs = programsOf(plan);
    const { raw, rows } = await runConflation({ plan, programs, ...options() });
    const samples = raw as ConflationSample[];
    expect(samples.map(({ program, repetition }) => [program, repetition])).toEqual(
      [1, 2].flatMap((turn) => programs.map(({ name }) => [name, turn])),
    );
    for (const { program, ticks, deliveries } of samples) {
      expect(ticks).toBe(40);
      if (program === 'naive') expect(deliveries).toBe(3 * 40);
      expect(deliveries).toBeGreaterThanOrEqual(3 * INSTRUMENTS.length);
      expect(deliveries).toBeLessThanOrEqual(3 * 40);
    }
    expect(rows).toHaveLength(3);
    for (const { figures } of rows)
      expect(Object.keys(figures)).toEqual(expect.arrayContaining(['deliveredShare', 'heldBytes']));
  });

  test('ends without figures when one price is one step too high', async () => {
    const plan = conflationPlan(true, JSON.stringify(changes));
    const programs: FeedProgramEntry[] = [
      { name: 'overcharging', module: overcharging, wish: { mode: 'keyed' }, delivers: 'newest' },
    ];
    await expect(runConflation({ plan, programs, ...options() })).rejects.toMatchObject({
      code: 'MESSAGE_DAMAGED',
      message: expect.stringMatching(/^overcharging, 3 subscribers, 1 of them slow: subscriber \d .* and tick 22 is /),
    });
  });
});

const instruments = new Map<string, Instrument>(INSTRUMENTS.map((instrument) => [instrument.id, instrument]));

test('the prices of the load generator are those of the price feed, also where a channel narrows its spread to nothing', () => {
  let met = 0;
  for (let channel = 0; channel < 64; channel++) {
    const margins = parseMargins(marginsOf(channel), instruments);
    const expected = new ExpectedPrices(channel, 7);
    for (let number = 0; number < 200; number++) {
      const instrument = instrumentOf(number);
      const quote = deriveQuote(tickOf(number), marginsFor(margins, instrument.id), instrument);
      if ((quote.ask as number) - (quote.bid as number) <= instrument.tickSize) met += 1;
      expect(expected.payloadText(number)).toBe(JSON.stringify({ type: 'tick', ...quote, version: 7 }));
    }
  }
  expect(met).toBeGreaterThan(100);
});

/** A frame as a gateway sends it. */
function frameOf(number: number, changes: object = {}, channel = 0, seqNo = number + 1): Buffer {
  const data = JSON.parse(new ExpectedPrices(channel, 5).payloadText(number));
  const place = { topic: topicOf(channel), seqNo, prevSeqNo: seqNo - 1 };
  return Buffer.from(
    JSON.stringify({ type: 'message', ...place, data: { ...data, ...changes }, key: instrumentOf(number).id }),
  );
}

const topics = [[0, 1]];
const versions = [5, 5];

describe('the check of a subscriber that must get every price', () => {
  function checkOf(count: number): EveryCheck {
    const check = new EveryCheck({ topics, versions, first: 0 });
    check.expect(0, count);
    return check;
  }

  test('is complete when each price of each channel has come once, and passes over what a gateway may say', () => {
    const check = checkOf(2);
    expect(check.take(0, frameOf(0))).toBe('prices');
    expect(check.take(0, Buffer.from('{"type":"ping","time":1}'))).toBe('ping');
    expect(check.take(0, Buffer.from(`{"type":"health","topic":"${topicOf(0)}","state":"late","lagMs":9}`))).toBe(
      'notice',
    );
    for (const [number, channel] of [
      [0, 1],
      [1, 1],
    ] as const)
      check.take(0, frameOf(number, {}, channel));
    expect(check.isComplete).toBe(false);
    check.take(0, frameOf(1));
    expect([check.isComplete, check.deliveries]).toEqual([true, 4]);
  });

  test.for([
    { fault: 'a price twice', frames: [frameOf(0), frameOf(0)], code: 'MESSAGE_DUPLICATED' },
    { fault: 'a later price first', frames: [frameOf(1)], code: 'MESSAGE_OUT_OF_ORDER' },
    { fault: 'a wrong bid', frames: [frameOf(0, { bid: 1 })], code: 'MESSAGE_DAMAGED' },
    { fault: 'the version of other margins', frames: [frameOf(0, { version: 6 })], code: 'MESSAGE_DAMAGED' },
    { fault: 'a raw price', frames: [frameOf(0, tickOf(0))], code: 'MESSAGE_DAMAGED' },
    { fault: 'a price that nobody published', frames: [frameOf(9)], code: 'MESSAGE_DAMAGED' },
    { fault: 'a channel that it has no part in', frames: [frameOf(0, {}, 2)], code: 'UNEXPECTED_FRAME' },
    { fault: 'no JSON', frames: [Buffer.from('{')], code: 'MESSAGE_DAMAGED' },
  ])('finds $fault', ({ frames, code }) => {
    const check = checkOf(3);
    const take = () => frames.map((frame) => check.take(0, frame));
    expect(take).toThrow(expect.objectContaining({ code }));
  });

  test('names who lacks what', () => {
    const check = checkOf(1);
    check.take(0, frameOf(0));
    expect(check.lost(7).message).toBe('subscriber 1 of prices.c1 did not get the price of tick 0 within 7 ms');
  });
});

describe('the check of a subscriber that may skip to the newest price of each instrument', () => {
  const ticks = 3 * INSTRUMENTS.length;

  function checkOf(): NewestCheck {
    const check = new NewestCheck({ topics: [[0]], versions });
    check.expect(0, ticks);
    return check;
  }

  test('is complete when the newest price of every instrument has come, in messages or in a snapshot', () => {
    const check = checkOf();
    check.take(0, frameOf(1));
    const entries = Array.from({ length: INSTRUMENTS.length - 1 }, (_, place) => {
      const number = ticks - INSTRUMENTS.length + place;
      return { seqNo: number + 1, data: JSON.parse(new ExpectedPrices(0, 5).payloadText(number)) };
    });
    check.take(0, Buffer.from(JSON.stringify({ type: 'snapshot', topic: topicOf(0), entries })));
    expect(check.isComplete).toBe(false);
    check.take(0, frameOf(ticks - 1));
    expect([check.isComplete, check.deliveries]).toEqual([true, INSTRUMENTS.length + 1]);
  });

  test.for([
    { fault: 'a message twice', frames: [frameOf(8), frameOf(8)], code: 'MESSAGE_OUT_OF_ORDER' },
    { fault: 'a price twice', frames: [frameOf(8), frameOf(8, {}, 0, 10)], code: 'MESSAGE_DUPLICATED' },
    { fault: 'an older price', frames: [frameOf(8), frameOf(0, {}, 0, 10)], code: 'MESSAGE_OUT_OF_ORDER' },
    { fault: 'a wrong price', frames: [frameOf(3, { last: 1 })], code: 'MESSAGE_DAMAGED' },
    { fault: 'a price that nobody published', frames: [frameOf(ticks)], code: 'MESSAGE_DAMAGED' },
  ])('finds $fault', ({ frames, code }) => {
    const check = checkOf();
    expect(() => frames.map((frame) => check.take(0, frame))).toThrow(expect.objectContaining({ code }));
  });

  test('names who lacks what', () => {
    const check = checkOf();
    expect(check.lost(7).message).toMatch(/^subscriber 1 of prices\.c0 did not get the price of tick 16 within 7 ms/);
  });
});
