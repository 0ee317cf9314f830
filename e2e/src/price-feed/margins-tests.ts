/** Margins that change while prices come: one switch for everybody, also for who was away meanwhile. */

import assert from 'node:assert/strict';
import { FaultProxy } from '../fault-proxy.ts';
import type { E2eTest } from '../suite.ts';
import type { World } from '../world.ts';
import { assertDerived, ChannelModel } from './channel-model.ts';
import type { ChannelBody } from './desk.ts';
import type { MarginsText } from './expected-price.ts';
import { FeedProcess } from './feed-process.ts';
import { Line, type Reader } from './reader.ts';

const SUBSCRIBERS = 20;
/** Ticks between two changes. */
const SOME = 25;

const MARKET = ['--seed', '7', '--ticks-per-second', '400'];

export const marginsTests: readonly E2eTest[] = [
  {
    id: 'margins-switch-for-all',
    title:
      'switches margins for every subscriber at the same seqNo, with the old ones before it and the new ones after',
    proves: ['I3', 'I4', 'I7'],
    async run(world) {
      const { feed, main, model, margins, born, from, change } = await channelWithMain(world);
      const lines = await Promise.all(Array.from({ length: SUBSCRIBERS }, () => Line.open(world, feed.address)));
      const readers = await Promise.all(lines.map((line) => line.read('prices.gold', { from })));
      for (let n = 1; n <= 6; n++) {
        await main.more(SOME);
        await change(n);
      }
      // Several people at once.
      await Promise.all([7, 8, 9].map((n) => change(n)));
      const newest = Math.max(...margins.keys());
      await main.reaches(newest);
      await main.more(SOME);
      const end = main.seqNo;
      await Promise.all(readers.map((reader) => reader.reaches(end)));

      const [first, ...others] = readers.map((reader) => reader.between(born.version, end));
      assert(first);
      for (const other of others) assert.deepEqual(other, first);
      assertDerived(model, main.between(born.version, end), first);
      assert.deepEqual(switchesOf(first), [...margins.keys()].sort((a, b) => a - b).slice(1));
    },
  },
  {
    id: 'cut-while-margins-change',
    title: 'resumes a cut subscriber in full over several changes of margins, byte for byte as if it had stayed',
    proves: ['I6', 'I7', '§5.2'],
    async run(world) {
      const { feed, main, model, born, from, change } = await channelWithMain(world);
      const proxy = await FaultProxy.start({ to: feed.port });
      world.onEnd(() => proxy.close());
      const stayed = await Line.open(world, feed.address, { keepsFrames: true });
      const cut = await Line.open(world, feed.address.replace(`:${feed.port}`, `:${proxy.port}`), {
        keepsFrames: true,
      });
      const [uncut, resumed] = await Promise.all([stayed, cut].map((line) => line.read('prices.gold', { from })));
      assert(uncut && resumed);
      for (let round = 0; round < 3; round++) {
        await resumed.more(SOME);
        await change(3 * round);
        await proxy.refuse();
        await uncut.more(SOME);
        await change(3 * round + 1);
        await uncut.more(SOME);
        await change(3 * round + 2);
        await uncut.more(SOME);
        const missed = uncut.seqNo;
        await proxy.heal();
        await resumed.reaches(missed);
        assert.equal(resumed.subscription.recovered, 'full');
      }
      await main.more(SOME);
      const end = main.seqNo;
      await Promise.all([uncut.reaches(end), resumed.reaches(end)]);
      const all = uncut.between(born.version, end);
      assert.deepEqual(resumed.between(born.version, end), all);
      const frames = Math.min(stayed.frames.length, cut.frames.length);
      assert(frames >= all.length);
      assert.deepEqual(cut.frames.slice(0, frames), stayed.frames.slice(0, frames));
      assertDerived(model, main.between(born.version, end), all);
    },
  },
];

/** A feed of the simulator with the channel `gold`, and a reader of its main feed from before that channel on. */
async function channelWithMain(world: World) {
  const feed = await FeedProcess.start(world, { source: 'simulator', words: MARKET });
  const line = await Line.open(world, feed.address);
  const main = await line.read('prices', { from: 'snapshot' });
  await main.more(SOME);
  const margins = new Map<number, MarginsText>();
  const desk = feed.desk();
  const born = await desk.create('gold', marginsOf(0));
  margins.set(born.version, marginsOf(0));
  await main.reaches(born.version);
  const model = new ChannelModel({ channel: 'gold', version: born.version, margins });
  model.know([...main.state, ...main.messages.filter(({ seqNo }) => seqNo <= born.version)]);
  const from = main.messages.find(({ seqNo }) => seqNo === born.version);
  assert(from);
  const change = async (n: number): Promise<ChannelBody> => {
    const changed = await desk.change('gold', marginsOf(n));
    assert(!margins.has(changed.version), 'two changes have the same version');
    margins.set(changed.version, marginsOf(n));
    return changed;
  };
  return { feed, main, model, margins, born, from, change };
}

/** Each names the same fields, so a change leaves nothing of the one before. */
function marginsOf(n: number): MarginsText {
  const side = (k: number) => ({ basisPoints: `${n * k}.${k}5`, amount: `0.${n}${k}` });
  return {
    '*': { bid: { basisPoints: `${n}.5` }, ask: { basisPoints: `-${n}.25` } },
    BTCUSDT: { bid: side(1), ask: side(2), last: side(3) },
    EURUSD: { bid: { basisPoints: `${n}` }, ask: { amount: `0.000${n}` }, last: { amount: `-0.000${n}` } },
  };
}

function switchesOf(messages: Reader['messages']): number[] {
  return messages.flatMap(({ data, seqNo }) => ((data as { type: string }).type === 'margins' ? [seqNo] : []));
}
