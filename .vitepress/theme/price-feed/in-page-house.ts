/**
 * A price feed that runs in the page: market, backbone, gateway and REST desk of this repository, and connections in
 * process. Nothing leaves the page, and nothing of it is a copy made for the page.
 */

import { MemoryBackbone } from '@micro-socket/backbone';
import { Gateway, type PolicyDocument, StaticPolicy } from '@micro-socket/gateway';
import { Channels, MarketSimulator, PriceBackbone, PriceDesk, PriceFeed } from '@micro-socket/price-feed';
import { DEFAULT_LIMITS } from '@micro-socket/protocol';
import { inprocPair } from '@micro-socket/transport';
import { systemClock, systemRandom } from '@micro-socket/transport/browser';
import channelsFile from '../../../examples/price-feed/channels.json' with { type: 'json' };
import policyFile from '../../../examples/price-feed/policy.json' with { type: 'json' };
import { PageTurns } from './page-turns.ts';
import { PausableClock } from './pausable-clock.ts';
import { type ChannelState, marginsOf, type PriceHouse } from './price-house.ts';
import { ReadMeter } from './read-meter.ts';
import { FIRST_PACE, PACE_MAX } from './settings.ts';
import { TappedConnection } from './tapped-connection.ts';
import { ThinnedSource } from './thinned-source.ts';

/**
 * How much may be on its way to a slow reader, and how much is written in one piece. Small, so that it is seen at once
 * that a reader is slow: a frame of the feed has about a hundred bytes.
 */
const HIGH_WATER_BYTES = 4_096;
const BATCH_BYTES_MAX = 1_024;

/** Enough for a connection that is lost for a while at the greatest pace, and for a reader that falls behind. */
const LENGTH_MAX = 20_000;

const OPERATOR = 'operator-token';

export async function openInPageHouse(onProblem: (text: string) => void): Promise<PriceHouse> {
  const turns = new PageTurns();
  const clock = new PausableClock(systemClock, (action) => turns.soon(action));
  const ports = { clock, random: systemRandom };
  const lengths = { historyLengthMax: LENGTH_MAX, ringLengthMax: LENGTH_MAX };
  const limits = { ...DEFAULT_LIMITS, ...lengths, batchBytesMax: BATCH_BYTES_MAX };
  const backbone = new PriceBackbone({ ...ports, backbone: new MemoryBackbone({ ...ports, limits }) });
  const channels = new Channels({ ledger: backbone.ledger, writer: backbone.writer, clock });
  const simulator = new MarketSimulator({ ...ports, ticksPerSecond: PACE_MAX });
  const source = new ThinnedSource(simulator, PACE_MAX / FIRST_PACE);
  const feed = new PriceFeed({ ...ports, backbone, source, onProblem });
  const policy = new StaticPolicy(policyFile as PolicyDocument);
  const gateway = new Gateway({ ...ports, name: 'in-page', backbone, policy, limits });
  const desk = new PriceDesk({ backbone, channels, feed });
  await feed.start();
  for (const [id, margins] of Object.entries(channelsFile)) await desk.create(id, margins);

  let framesPerSecond: number | undefined;
  let meter: ReadMeter | undefined;

  async function channel(id: string): Promise<ChannelState> {
    const found = await desk.channel(id);
    if (found === undefined) throw new Error(`There is no channel ${id}.`);
    return found;
  }

  return {
    clock,
    token: OPERATOR,
    head: () => backbone.ledger.at.seqNo,
    async dial(tap, expected) {
      const pair = inprocPair({ clock, encoding: 'msgpack', highWaterBytes: HIGH_WATER_BYTES });
      const own = new ReadMeter(clock, pair.client, framesPerSecond);
      meter = own;
      gateway.accept(pair.gateway);
      const onTaken = () => own.took();
      const onEnded = () => own.stop();
      return new TappedConnection(
        pair.client,
        { ...tap, onTaken, onEnded },
        { expected, end: () => pair.client.cut() },
      );
    },
    channel,
    change: (change, seen) => {
      const margins = marginsOf(change);
      return desk.change(change.channel, (inForce) => mergedWith(inForce, margins), [seen]);
    },
    market: {
      cut: () => simulator.cut(),
      restore: () => simulator.restore(),
      pace: (ticksPerSecond) => source.change(PACE_MAX / ticksPerSecond),
    },
    slow(perSecond) {
      framesPerSecond = perSecond;
      meter?.change(perSecond);
    },
    pause: () => clock.stop(),
    goOn: () => clock.goOn(),
    async close() {
      clock.goOn();
      await feed.stop();
      await backbone.close();
      turns.close();
    },
  };
}

type Margins = ChannelState['margins'];

/** As a merge patch does it: what is given takes the place of what was there, by instrument and side. */
function mergedWith(inForce: Margins, change: Margins): Margins {
  const merged = { ...inForce };
  for (const [instrument, sides] of Object.entries(change)) merged[instrument] = { ...merged[instrument], ...sides };
  return merged;
}
