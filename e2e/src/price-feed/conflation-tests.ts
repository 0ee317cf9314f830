/** Readers that want the newest price of each instrument, and readers that cannot keep up: less, and never wrong. */

import assert from 'node:assert/strict';
import type { Message } from '@micro-socket/client';
import { Probe } from '../probe.ts';
import type { E2eTest } from '../suite.ts';
import { Line, type Reader } from './reader.ts';
import { recordedQuotes } from './recordings.ts';
import { OPERATOR, Stage } from './stage.ts';

const SEED = 4_711;
const LINES = 3_000;
/** As many lines define all of them. */
const INSTRUMENTS = 6;

/** So much is too much for the buffers of a socket that nobody reads: some 30 MB. */
const CHANNELS_OF_SLOW_READER = 40;

const MARGINS = { '*': { bid: { basisPoints: '1.5' }, ask: { basisPoints: '2.5' } } };

/** A message as both kinds of readers know it. */
type Shown = Pick<Message, 'seqNo' | 'messageId' | 'time' | 'key'> & { readonly data: unknown };

export const conflationTests: readonly E2eTest[] = [
  {
    id: 'newest-of-each-instrument',
    title: 'gives keyed readers the newest price of each instrument at their rate, and those of one rate the same',
    proves: ['I3', 'I4', '§4.2'],
    async run(world) {
      const stage = await Stage.build(world);
      await stage.playOnce(recordedQuotes(SEED, INSTRUMENTS));
      const gateway = await stage.feed('none');
      await gateway.desk(OPERATOR).create('gold', MARGINS);
      const open = async (maxRateHz?: number) => {
        const line = await Line.open(world, gateway.address, { keepsFrames: true });
        const rate = maxRateHz === undefined ? {} : { maxRateHz };
        return { line, reader: await line.read('prices.gold', { mode: 'keyed', ...rate }) };
      };
      const all = await (await Line.open(world, gateway.address)).read('prices.gold');
      const [often, ...seldom] = await Promise.all([open(), open(1), open(1), open(1)]);
      assert(often);
      await stage.playOnce(recordedQuotes(SEED + 1, LINES, INSTRUMENTS));
      await all.until(() => all.messages.length >= LINES);
      const newest = newestOf(all.messages);
      for (const { reader } of [often, ...seldom]) {
        await reader.until(() => hasAll(reader, newest));
        assertTrue(reader.messages, all.messages);
      }
      const [one, ...others] = seldom;
      assert(one && one.reader.messages.length < LINES, 'nothing was conflated');
      assert.equal(one.reader.subscription.maxRateHz, 1);
      for (const { line } of others) assert.deepEqual(line.frames, one.line.frames);
    },
  },
  {
    id: 'slow-reader-of-many-channels',
    title: 'gives a reader that stopped reading the newest price of each instrument when it goes on, and no wrong one',
    proves: ['I3', 'I4', '§4.2', '§9.2'],
    encodings: ['json'],
    async run(world) {
      const stage = await Stage.build(world);
      await stage.playOnce(recordedQuotes(SEED, INSTRUMENTS));
      const gateway = await stage.feed('none');
      const ids = Array.from({ length: CHANNELS_OF_SLOW_READER }, (_, n) => `c-${n}`);
      for (const id of ids) await gateway.desk(OPERATOR).create(id, MARGINS);
      const slow = await Probe.connect(gateway.address, { encoding: world.encoding });
      world.onEnd(() => slow.close());
      for (const id of ids) {
        const wanted = { type: 'subscribe' as const, topic: `prices.${id}`, mode: 'keyed' };
        assert.equal((await slow.request(wanted)).type, 'subscribed');
      }
      const line = await Line.open(world, gateway.address);
      const quick = await Promise.all(ids.map((id) => line.read(`prices.${id}`)));
      slow.stopReading();
      await stage.playOnce(recordedQuotes(SEED + 1, LINES, INSTRUMENTS));
      await Promise.all(quick.map((reader) => reader.until(() => reader.messages.length >= LINES)));
      slow.startReading();
      let given = 0;
      for (const [index, id] of ids.entries()) {
        const all = (quick[index] as Reader).messages;
        const newest = newestOf(all);
        const shown = () => slow.messages(`prices.${id}`);
        for (let count = 1; !covers(shown(), newest); count = shown().length + 1) {
          await slow.untilMessages(`prices.${id}`, count);
        }
        assertTrue(shown(), all);
        given += shown().length;
      }
      assert(given < LINES * ids.length, 'it was given everything, so it was not slow');
      assert.equal(slow.violation, undefined);
    },
  },
];

/** By key: the newest seqNo. */
function newestOf(messages: readonly Shown[]): Map<string, number> {
  return new Map(messages.map(({ key = '', seqNo }) => [key, seqNo]));
}

function hasAll({ messages }: Reader, newest: ReadonlyMap<string, number>): boolean {
  return covers(messages, newest);
}

function covers(messages: readonly Shown[], newest: ReadonlyMap<string, number>): boolean {
  const has = newestOf(messages);
  return [...newest].every(([key, seqNo]) => has.get(key) === seqNo);
}

/** Each message is one of the feed, unchanged, and none comes after a newer one. */
function assertTrue(given: readonly Shown[], all: readonly Message[]): void {
  const at = new Map(all.map((message) => [message.seqNo, message]));
  let before = 0;
  for (const { seqNo, messageId, time, key, data } of given) {
    assert(seqNo > before, `${seqNo} came after ${before}`);
    before = seqNo;
    const told = at.get(seqNo);
    assert.deepEqual(
      { messageId, time, key, data },
      { messageId: told?.messageId, time: told?.time, key: told?.key, data: told?.data },
      `what was given of ${seqNo}`,
    );
  }
}
