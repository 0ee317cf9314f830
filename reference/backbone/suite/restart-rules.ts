import fc from 'fast-check';
import { expect } from 'vitest';
import type { Backbone, PublishResult } from '../src/index.ts';
import { chainBreaks } from './chain.ts';
import { compare } from './comparison.ts';
import { ids, idsOf, publish, publishAll, stateIds, stored, storedIds } from './harness.ts';
import { publishing, steps } from './steps.ts';
import type { Rules } from './trial.ts';

/** Everything that can be asked of a topic. */
async function allOf(backbone: Backbone, topic: string) {
  const [entries, snapshot, tail, head] = await Promise.all([
    stored(backbone, topic),
    backbone.snapshot(topic),
    backbone.tail(topic, 3),
    backbone.head(topic),
  ]);
  return { entries, snapshot, tail, head };
}

/** What a crash leaves, at every level but `memory`. */
export const restartRules = {
  'entries, positions, epochs and states are what they were (I4, I6)': async ({ make }) => {
    const { backbone, restart } = await make({ historyLengthMax: 4 });
    const signature = { alg: 'Ed25519', keyId: 'desk-1', value: 'c2lnbmVk' };
    await publish(backbone, 'm1', { key: 'x', payload: { price: 1.25, tags: ['ş', null] }, by: 'ann', signature });
    await publishAll(backbone, ids(6, 'n'));
    await publish(backbone, 'm2', { key: 'y', ref: 'm1', ttlMs: 60_000_000 });
    await publish(backbone, 'm3', { key: 'z' });
    await publish(backbone, 'm4', { key: 'z', payload: null });
    await publishAll(backbone, ids(2), { topic: 'b.c', publisher: 'bob' });
    const before = [await allOf(backbone, 'a'), await allOf(backbone, 'b.c')];
    expect(idsOf(before[0]?.snapshot.entries ?? [])).toEqual(['m1', 'n6', 'm2']);
    expect(before[0]?.entries).toHaveLength(4);

    const restarted = await restart();
    expect([await allOf(restarted, 'a'), await allOf(restarted, 'b.c')]).toEqual(before);
    for (const { epoch, seqNo, messageId } of before[0]?.entries ?? []) {
      expect(await restarted.anchor('a', { epoch, seqNo, messageId })).toBe(true);
    }
    expect(restarted.problem).toBeUndefined();
  },

  'seqNos go on rising in one chain and one epoch, over several restarts (I3)': async ({ make, listen }) => {
    const { backbone, restart } = await make();
    let current = backbone;
    for (let round = 0; round < 4; round++) {
      const before = await current.head('a');
      const hearing = await listen(current);
      if (round > 0) expect(hearing.head).toEqual(before);
      await publishAll(current, ids(3, `r${round}.`));
      expect(await hearing.heard(3)).toEqual(ids(3, `r${round}.`));
      current = await restart();
    }
    const log = await stored(current);
    expect(log).toHaveLength(12);
    expect(chainBreaks(log, 0)).toEqual([]);
  },

  'an id is remembered: the same content is a duplicate at the first position, other content a conflict (I2)': async ({
    make,
  }) => {
    // Also of a message that has left the history.
    const { backbone, restart } = await make({ historyLengthMax: 2 });
    const results = new Map<string, PublishResult>();
    for (const id of ids(5)) results.set(id, await publish(backbone, id, { key: 'x' }));
    const restarted = await restart();
    for (const [id, { position }] of results) {
      expect(await publish(restarted, id, { key: 'x' })).toEqual({ status: 'duplicate', position });
      for (const other of [{ key: 'y' }, { key: 'x', payload: 'other' }]) {
        await expect(publish(restarted, id, other)).rejects.toMatchObject({ code: 'MESSAGE_ID_CONFLICT' });
      }
    }
    expect((await publish(restarted, 'm1', { publisher: 'bob' })).status).toBe('ok');
  },

  'an id is forgotten when its window has passed, wherever in it the restart was (I2)': async ({ make }) => {
    const { backbone, clock, restart } = await make({ dedupWindowMs: 1_000 });
    const { position } = await publish(backbone, 'm1');
    await clock.advance(600);
    const restarted = await restart();
    await clock.advance(399);
    expect(await publish(restarted, 'm1')).toEqual({ status: 'duplicate', position });
    await clock.advance(1);
    expect((await publish(restarted, 'm1', { payload: 'other' })).status).toBe('ok');
    expect(await storedIds(await restart())).toEqual(['m1', 'm1']);
  },

  'state ends at its time, wherever before it the restart was (§5.6)': async ({ make }) => {
    const { backbone, clock, restart } = await make({ historyLengthMax: 1 });
    await publish(backbone, 'm1', { key: 'x', ttlMs: 1_000 });
    await publish(backbone, 'm2', { key: 'y' });
    await clock.advance(600);
    const restarted = await restart();
    await clock.advance(399);
    expect(await stateIds(restarted)).toEqual(['m1', 'm2']);
    await clock.advance(1);
    expect(await stateIds(restarted)).toEqual(['m2']);
    expect(await stateIds(await restart())).toEqual(['m2']);
  },

  'an expectation holds for the head that there was (§4.4)': async ({ make }) => {
    const { backbone, restart } = await make();
    await publish(backbone, 'm1', { expectSeqNo: 0 });
    const { position } = await publish(backbone, 'm2');
    const restarted = await restart();
    for (const expectSeqNo of [0, position.seqNo + 1]) {
      await expect(publish(restarted, 'm3', { expectSeqNo })).rejects.toMatchObject({ code: 'SEQ_CONFLICT' });
    }
    expect((await publish(restarted, 'm3', { expectSeqNo: position.seqNo })).status).toBe('ok');
  },

  'what was given up stays given up, and what is kept stays bounded (I6)': async ({ make }) => {
    const { backbone, restart } = await make({ historyLengthMax: 3 });
    const { position } = await publish(backbone, 'm0');
    await publishAll(backbone, ids(4));
    const restarted = await restart();
    expect(await storedIds(restarted)).toEqual(['m2', 'm3', 'm4']);
    expect(await restarted.anchor('a', position)).toBe(false);
    expect(await restarted.anchor('a', { epoch: position.epoch, seqNo: 0 })).toBe(false);
    await publish(restarted, 'm5');
    expect(await storedIds(restarted)).toEqual(['m3', 'm4', 'm5']);
  },

  'nothing that was acknowledged is missing after many restarts in the middle of publishing (I2, I4)': async ({
    make,
  }) => {
    const { backbone, restart } = await make();
    const acknowledged = new Map<string, PublishResult>();
    let current = backbone;
    for (let round = 0; round < 12; round++) {
      const group = ids(24, `r${round}.`);
      const publishes = group.map((id) =>
        publish(current, id).then(
          (result) => acknowledged.set(id, result),
          // What fails as it crashes is what it did not acknowledge.
          () => {},
        ),
      );
      if (round % 4 > 0) await publishes[(round % 4) * 7];
      current = await restart();

      const log = await stored(current);
      expect(chainBreaks(log, 0)).toEqual([]);
      const positions = new Map(log.map(({ epoch, seqNo, messageId }) => [messageId, { epoch, seqNo, messageId }]));
      for (const [id, { position }] of acknowledged) expect(positions.get(id)).toEqual(position);
      for (const id of group) {
        const known = positions.get(id);
        const again = await publish(current, id);
        if (known !== undefined) expect(again).toEqual({ status: 'duplicate', position: known });
        acknowledged.set(id, again);
      }
      expect(idsOf(await stored(current)).toSorted()).toEqual([...acknowledged.keys()].toSorted());
    }
  },

  'any steps with restarts among them have the results of the model (I2, I3, §5.6)': (trial) =>
    compare(trial, {
      limits: fc.record({
        historyLengthMax: fc.integer({ min: 1, max: 6 }),
        dedupWindowMs: fc.integer({ min: 1, max: 100 }),
      }),
      steps: steps({ publish: publishing.timed, wait: true, restart: true }),
      count: 60,
    }),
} satisfies Rules;
