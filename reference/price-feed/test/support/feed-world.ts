/** A price feed over a real memory backbone, under a clock that is driven by hand, and a source that a test speaks for. */

import { type Entry, MemoryBackbone, type TopicSubscription } from '@micro-socket/backbone';
import { DEFAULT_LIMITS, type Limits } from '@micro-socket/protocol';
import { ManualClock } from '../../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../../transport/test/support/seeded-random.ts';
import {
  Channels,
  type Instrument,
  PriceBackbone,
  PriceFeed,
  type PriceSource,
  type SourceSink,
  type Tick,
} from '../../src/index.ts';

export const BTC: Instrument = { id: 'BTCUSDT', decimals: 2, tickSize: 1 };
export const ETH: Instrument = { id: 'ETHUSDT', decimals: 2, tickSize: 1 };

/** Tells what the test has it tell. */
export class SpokenSource implements PriceSource {
  readonly name = 'spoken';
  #sink: SourceSink | undefined;

  get sink(): SourceSink {
    if (this.#sink === undefined) throw new Error('It has not been started.');
    return this.#sink;
  }

  async start(sink: SourceSink): Promise<void> {
    this.#sink = sink;
  }

  async stop(): Promise<void> {}
}

export interface FeedWorld {
  readonly clock: ManualClock;
  readonly memory: MemoryBackbone;
  readonly backbone: PriceBackbone;
  readonly channels: Channels;
  readonly feed: PriceFeed;
  readonly source: SpokenSource;
  readonly problems: string[];
  /** A tick of an instrument, a moment after the one before. */
  tick(bid: number, ask?: number, instrument?: string): Tick;
  /** Waits for a promise while time stands still but for what is due now. */
  done<T>(promise: Promise<T>): Promise<T>;
}

/** With both instruments defined and no tick yet. */
export async function feedWorld(limits: Partial<Limits> = {}): Promise<FeedWorld> {
  const clock = new ManualClock();
  const random = seededRandom(7);
  const memory = new MemoryBackbone({ clock, random, limits: { ...DEFAULT_LIMITS, ...limits } });
  const backbone = new PriceBackbone({ backbone: memory, clock, random });
  const { ledger, writer } = backbone;
  const channels = new Channels({ ledger, writer, clock });
  const source = new SpokenSource();
  const problems: string[] = [];
  const feed = new PriceFeed({ backbone, source, clock, random, onProblem: (text) => problems.push(text) });
  let sourceTime = 1_700_000_000_000;
  const world: FeedWorld = {
    clock,
    memory,
    backbone,
    channels,
    feed,
    source,
    problems,
    tick(bid, ask = bid + 5, instrument = BTC.id) {
      sourceTime += 1;
      const tick = { instrument, bid, ask, sourceTime };
      source.sink.tick(tick);
      return tick;
    },
    async done(promise) {
      let isOver = false;
      const over = promise.finally(() => {
        isOver = true;
      });
      over.catch(() => {});
      for (let turn = 0; !isOver && turn < 1_000; turn++) await clock.settle();
      return over;
    },
  };
  await world.done(feed.start());
  source.sink.instrument(BTC);
  source.sink.instrument(ETH);
  await clock.settle();
  return world;
}

/** What one feed of a topic was given. */
export interface Heard {
  readonly entries: Entry[];
  readonly ends: string[];
  readonly health: string[];
  readonly subscription: TopicSubscription;
}

export async function hear(world: FeedWorld, topic: string): Promise<Heard> {
  const entries: Entry[] = [];
  const ends: string[] = [];
  const health: string[] = [];
  const subscription = await world.done(
    world.backbone.subscribe(topic, (entry) => entries.push(entry), {
      onLost: () => ends.push('lost'),
      onClosed: (why) => ends.push(`closed: ${why}`),
      onHealth: ({ state }) => health.push(state),
    }),
  );
  return { entries, ends, health, subscription };
}

/** The margin of one amount on both sides, in people's words. */
export function both(amount: string) {
  return { bid: { amount }, ask: { amount } };
}
