/** What goes on at the same time, comes late, is lost, or was written by somebody else. */

import {
  type Entry,
  type EntryListener,
  type FeedEvents,
  MemoryBackbone,
  type PublishRequest,
} from '@micro-socket/backbone';
import type { JsonValue } from '@micro-socket/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { ManualClock } from '../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../transport/test/support/seeded-random.ts';
import { readMessage } from '../src/core/main-log.ts';
import { Channels, PriceBackbone, PriceFeed } from '../src/index.ts';
import { BTC, both, feedWorld, hear, SpokenSource } from './support/feed-world.ts';

/** A memory whose answers can be held up, and whose feeds can be lost or left deaf. */
class ShakyBackbone extends MemoryBackbone {
  /** Runs once, before the next read or tail is answered. */
  during: (() => Promise<unknown>) | undefined;
  isDeaf = false;
  readonly #losses = new Set<() => void>();

  loseFeeds(): void {
    for (const lose of [...this.#losses]) lose();
  }

  override subscribe(topic: string, listener: EntryListener, events: FeedEvents = {}) {
    this.#losses.add(() => events.onLost?.());
    return super.subscribe(topic, (entry) => this.isDeaf || listener(entry));
  }

  override async read(...question: Parameters<MemoryBackbone['read']>) {
    await this.#pause();
    return super.read(...question);
  }

  override async tail(...question: Parameters<MemoryBackbone['tail']>) {
    await this.#pause();
    return super.tail(...question);
  }

  async #pause(): Promise<void> {
    const { during } = this;
    this.during = undefined;
    await during?.();
  }
}

function shaky() {
  const clock = new ManualClock();
  const random = seededRandom(7);
  const memory = new ShakyBackbone({ clock, random });
  const backbone = new PriceBackbone({ backbone: memory, clock, random });
  const { ledger, writer } = backbone;
  return { clock, random, memory, backbone, channels: new Channels({ ledger, writer, clock }) };
}

/** Something that a program without a gate has written to the log. */
function foreign(messageId: string, key: string, payload: unknown): PublishRequest {
  return { topic: 'prices', publisher: 'foreign', messageId, key, payload: payload as JsonValue, sizeBytes: 10 };
}

const INSTRUMENT = foreign('i', 'instrument:BTCUSDT', {
  type: 'instrument',
  instrument: 'BTCUSDT',
  decimals: 2,
  tickSize: 1,
});

const tickOf = (bid: number, sourceTime: number) => ({
  type: 'tick',
  instrument: BTC.id,
  bid,
  ask: bid + 1,
  sourceTime,
});

const bidsOf = (entries: readonly Entry[]) =>
  entries
    .map(({ payload }) => payload as { type: string; bid: number })
    .flatMap(({ type, bid }) => (type === 'tick' ? bid : []));

describe('a replay', () => {
  it.each(['read', 'tail'] as const)(
    'that margins change under is what was sent live all the same: %s (I7)',
    async (how) => {
      const { clock, memory, backbone, channels } = shaky();
      await memory.publish(INSTRUMENT);
      await memory.publish(foreign('t1', BTC.id, tickOf(1_000, 1)));
      await channels.create('gold', { BTCUSDT: both('1') });
      const live: Entry[] = [];
      await backbone.subscribe('prices.gold', (entry) => live.push(entry));
      memory.during = async () => {
        await channels.change('gold', () => ({ BTCUSDT: both('2') }), undefined);
        await memory.publish(foreign('t2', BTC.id, tickOf(1_000, 2)));
      };
      const again =
        how === 'read'
          ? await backbone.read('prices.gold', { afterSeqNo: 3, limit: 100 })
          : (await backbone.tail('prices.gold', 2)).entries;
      await clock.settle();
      expect(live).toHaveLength(2);
      expect(again).toEqual(live);
    },
  );

  it('of a channel that is deleted meanwhile is NO_SUCH_TOPIC, and of one that is begun anew has nothing of the old one', async () => {
    const { memory, backbone, channels } = shaky();
    await memory.publish(INSTRUMENT);
    await channels.create('gold', {});
    memory.during = () => channels.close('gold', 'It is over.', undefined);
    await expect(backbone.read('prices.gold', { afterSeqNo: 0, limit: 100 })).rejects.toMatchObject({
      code: 'NO_SUCH_TOPIC',
    });
    await channels.create('gold', {});
    memory.during = async () => {
      await channels.close('gold', 'It is over.', undefined);
      await channels.create('gold', {});
    };
    const again = await backbone.read('prices.gold', { afterSeqNo: 0, limit: 100 });
    const reborn = backbone.ledger.channels.get('gold')?.bornAt as number;
    expect(again.every(({ seqNo }) => seqNo >= reborn)).toBe(true);
  });

  it('over many versions asks for each of them once', async () => {
    const world = await feedWorld({ historyLengthMax: 10_000 });
    await world.done(world.channels.create('gold', {}));
    for (let count = 0; count < 300; count++) {
      await world.done(world.channels.change('gold', () => ({ BTCUSDT: both(`${count % 7}`) }), undefined));
      world.tick(1_000);
    }
    await world.clock.settle();
    let reads = 0;
    const read = world.memory.read.bind(world.memory);
    world.memory.read = (...question) => {
      reads += 1;
      return read(...question);
    };
    for (let from = 0; from < 600; from += 20) {
      await world.done(world.backbone.read('prices.gold', { afterSeqNo: from, limit: 20 }));
    }
    expect(reads).toBeLessThan(300 + 2 * 30);
  });
});

describe('ticks and changes of margins', () => {
  it('take their turns in the order in which they came', async () => {
    const world = await feedWorld();
    await world.done(world.channels.create('a', {}));
    await world.done(world.channels.create('b', {}));
    const main = await hear(world, 'prices');
    const one = world.channels.change('a', () => ({ BTCUSDT: both('1') }), undefined);
    world.tick(1_000);
    const two = world.channels.change('b', () => ({ BTCUSDT: both('2') }), undefined);
    world.tick(1_001);
    await world.done(Promise.all([one, two]));
    await world.clock.settle();
    const types = main.entries.map(({ payload }) => (payload as { type: string }).type);
    expect(types).toEqual(['margins', 'tick', 'margins', 'tick']);
    expect(bidsOf(main.entries)).toEqual([1_000, 1_001]);
  });

  it('keep the order of a source that never pauses', async () => {
    const world = await feedWorld();
    await world.done(world.channels.create('a', {}));
    const main = await hear(world, 'prices');
    const telling = (async () => {
      for (let count = 0; count < 400; count++) {
        await world.source.sink.ready();
        world.tick(100_000 + count);
      }
    })();
    for (let count = 0; count < 3; count++) {
      await world.done(world.channels.change('a', () => ({ BTCUSDT: both(`${count}`) }), undefined));
    }
    await world.done(telling);
    await world.clock.settle();
    const bids = bidsOf(main.entries);
    expect(bids).toHaveLength(400);
    expect(bids).toEqual(bids.toSorted((one, other) => one - other));
  });
});

describe('the gate of the main topic', () => {
  it('is not passed under the id of a tick that had passed', async () => {
    const { backbone, done, clock } = await feedWorld();
    const bad = foreign('m1', 'NOPE', { ...tickOf(900, 2), instrument: 'NOPE' });
    await done(backbone.publish(foreign('m1', BTC.id, tickOf(1_000, 1))));
    await expect(done(backbone.publish(bad))).rejects.toMatchObject({ code: 'INVALID_FIELD' });
    await clock.advance(200_000);
    await expect(done(backbone.publish(bad))).rejects.toMatchObject({ code: 'INVALID_FIELD' });
  });

  it('forgets a tick that the backbone has refused, and takes none from the far future', async () => {
    const { backbone, done, memory, clock } = await feedWorld();
    const publish = memory.publish.bind(memory);
    const { ProtocolError } = await import('@micro-socket/protocol');
    memory.publish = () => Promise.reject(new ProtocolError('OVERLOADED', 'The history is full.'));
    const first = foreign('m1', BTC.id, tickOf(1_000, 50));
    await expect(done(backbone.publish(first))).rejects.toMatchObject({ code: 'OVERLOADED' });
    memory.publish = publish;
    expect((await done(backbone.publish(foreign('m2', BTC.id, tickOf(1_000, 40))))).status).toBe('ok');
    const far = foreign('m3', BTC.id, tickOf(1_000, clock.now() + 120_000));
    await expect(done(backbone.publish(far))).rejects.toThrow(/sourceTime/);
    const conditional = { ...foreign('m4', BTC.id, tickOf(1_000, 60)), expectSeqNo: 99 };
    await expect(done(backbone.publish(conditional))).rejects.toThrow(/expectSeqNo/);
  });

  it('judges by what others have stored, at once or before it began', async () => {
    const world = await feedWorld();
    world.tick(1_000);
    await world.clock.settle();
    const { clock, memory } = world;
    const other = new PriceBackbone({ backbone: memory, clock, random: seededRandom(9) });
    await expect(world.done(other.publish(foreign('m1', BTC.id, tickOf(1_000, 1))))).rejects.toThrow(/newer tick/);
    const newer = tickOf(1_000, 1_700_000_020_000);
    await world.done(memory.publish(foreign('x1', BTC.id, newer)));
    await world.clock.settle();
    const old = foreign('m2', BTC.id, { ...newer, bid: 999, sourceTime: newer.sourceTime - 1 });
    await expect(world.done(world.backbone.publish(old))).rejects.toThrow(/newer tick/);
  });

  it('lets nothing into the log but the fields of a tick', async () => {
    const { backbone, done } = await feedWorld();
    await done(backbone.publish(foreign('m1', BTC.id, { ...tickOf(1_000, 1), secret: 'x'.repeat(100) })));
    const { entries } = await done(backbone.tail('prices', 1));
    expect(entries[0]?.payload).toEqual(tickOf(1_000, 1));
  });
});

describe('a log that others have written to', () => {
  it('is read whatever is in it, and what stands under a key that is not its own does not count', async () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('tick', 'instrument', 'margins'), (value, type) => {
        const payload = typeof value === 'object' && value !== null ? { ...value, type } : value;
        expect(() => readMessage(payload as JsonValue)).not.toThrow();
      }),
      { numRuns: runs(500) },
    );
    const base = { type: 'margins', channel: 'x', margins: {}, createdAt: 1, quotes: [] };
    for (const previous of [null, 5, 'x', {}, { version: 1, margins: null }]) {
      expect(readMessage({ ...base, previous })).toBeUndefined();
    }
    const { memory, backbone } = shaky();
    await memory.publish(INSTRUMENT);
    await memory.publish(foreign('a', 'channel:y', base));
    await memory.publish(foreign('b', 'instrument:BTCUSDT', tickOf(1, 1)));
    await backbone.ledger.open();
    expect([...backbone.ledger.channels.keys()]).toEqual([]);
    expect([...backbone.ledger.ticks.keys()]).toEqual([]);
  });

  it('leads back in time or nowhere: versions that would lead in a circle end the search', async () => {
    const { memory, backbone } = shaky();
    await memory.publish(INSTRUMENT);
    await memory.publish(foreign('t', BTC.id, tickOf(1_000, 1)));
    const gold = { type: 'margins', channel: 'gold', margins: {}, createdAt: 1, quotes: [] };
    await memory.publish(foreign('a', 'channel:gold', { ...gold, bornAt: 1, previous: { version: 5, margins: {} } }));
    await memory.publish(foreign('b', 'channel:gold', { ...gold, bornAt: 1, previous: { version: 3, margins: {} } }));
    const entries = await backbone.read('prices.gold', { afterSeqNo: 0, limit: 100 });
    expect(entries.map(({ seqNo }) => seqNo)).toEqual([3, 4]);
  });
});

describe('a feed that is lost', () => {
  it('ends those of channels when a stored message is never heard', async () => {
    const { clock, memory, backbone, channels } = shaky();
    await memory.publish(INSTRUMENT);
    await channels.create('gold', {});
    const ends: string[] = [];
    await backbone.subscribe('prices.gold', () => {}, { onLost: () => ends.push('lost') });
    memory.isDeaf = true;
    await memory.publish(foreign('t', BTC.id, tickOf(1_000, 1)));
    const caughtUp = backbone.ledger.catchUp();
    memory.isDeaf = false;
    await clock.advance(5_000);
    await caughtUp;
    expect(ends).toEqual(['lost']);
    expect(backbone.ledger.ticks.has(BTC.id)).toBe(true);
  });

  it('is read anew by the process that has the source, which defines again what a new log does not know', async () => {
    const { clock, random, memory, backbone } = shaky();
    const source = new SpokenSource();
    const feed = new PriceFeed({ backbone, source, clock, random, onProblem: () => {} });
    await feed.start();
    source.sink.instrument(BTC);
    await clock.settle();
    expect((await memory.snapshot('prices')).entries).toHaveLength(1);
    const empty = new MemoryBackbone({ clock, random });
    for (const question of ['publish', 'subscribe', 'snapshot', 'head', 'read'] as const) {
      Object.assign(memory, { [question]: empty[question].bind(empty) });
    }
    memory.loseFeeds();
    await clock.settle();
    source.sink.tick({ instrument: BTC.id, bid: 1_000, ask: 1_001, sourceTime: 5 });
    await clock.advance(1_000);
    const { entries } = await empty.snapshot('prices');
    expect(entries.map(({ key }) => key)).toEqual(['instrument:BTCUSDT', BTC.id]);
    await feed.stop();
  });
});

describe('bounds that are reached', () => {
  it('hold up the instrument that cannot be defined, and no other; the operator is told', async () => {
    const world = await feedWorld({ stateKeysMax: 3 });
    world.tick(100);
    await world.clock.settle();
    world.source.sink.instrument({ id: 'AAA', decimals: 2, tickSize: 1 });
    await world.clock.advance(1_000);
    world.tick(100, 101, 'AAA');
    world.tick(101);
    await world.clock.advance(1_000);
    expect(world.feed.stats.stored).toBe(2);
    expect(world.problems.join()).toMatch(/stateKeysMax/);
  });

  it('are not used up by channels that have ended', async () => {
    const world = await feedWorld({ stateKeysMax: 10 });
    for (let count = 0; count < 40; count++) {
      await world.done(world.channels.create(`c-${count}`, {}));
      await world.done(world.channels.close(`c-${count}`, 'It is over.', undefined));
    }
    expect((await world.done(world.memory.snapshot('prices'))).entries).toHaveLength(2);
  });
});

describe('the source of a main topic', () => {
  it('is one: a second process does not begin while the first speaks, and may when it was stopped or has died', async () => {
    const { clock, random, memory, backbone } = shaky();
    const feedOf = (of: PriceBackbone) =>
      new PriceFeed({ backbone: of, source: new SpokenSource(), clock, random, onProblem: () => {} });
    const first = feedOf(backbone);
    await first.start();
    const other = new PriceBackbone({ backbone: memory, clock, random });
    const refused = feedOf(other).start();
    refused.catch(() => {});
    await clock.advance(2_000);
    await expect(refused).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('--source none'),
    });
    await first.stop();
    const second = feedOf(other);
    await second.start();
    // One that was killed says nothing any more.
    await second.stop();
    memory.during = undefined;
    await memory.publish({
      ...foreign('s', 'source', { type: 'source', source: 'file', state: 'ok', silentMs: 0 }),
      topic: 'prices.~source',
    });
    const third = feedOf(other).start();
    await clock.advance(2_000);
    await third;
  });
});
