import { ProtocolError } from '@micro-socket/protocol';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Backbone } from '../src/index.ts';
import { chainBreaks } from './chain.ts';
import { compare } from './comparison.ts';
import { ids, idsOf, publish, publishAll, stateIds, stored, storedIds } from './harness.ts';
import { publishing, steps } from './steps.ts';
import type { Rules, Trial } from './trial.ts';

/** Two backbones at one store. */
async function makeTwo({ make }: Trial, limits?: Parameters<Trial['make']>[0]): Promise<[Backbone, Backbone]> {
  const { backbone, another } = await make(limits);
  return [backbone, await another()];
}

/** Two gateways whose backbones are joined to the same store. */
export const gatewayRules = {
  'what one stores, the other knows as soon as it is acknowledged, and answers every question alike': async (trial) => {
    const [one, two] = await makeTwo(trial);
    for (let at = 0; at < 12; at++) {
      const [here, there] = at % 2 === 0 ? [one, two] : [two, one];
      const { position } = await publish(here, `m${at}`, at % 3 === 0 ? { key: `k${at % 2}` } : {});
      expect(await there.head('a')).toEqual(position);
      expect(await there.anchor('a', position)).toBe(true);
      expect(await stored(there)).toEqual(await stored(here));
      expect(await there.snapshot('a')).toEqual(await here.snapshot('a'));
      expect(await there.tail('a', 2)).toEqual(await here.tail('a', 2));
    }
    expect(chainBreaks(await stored(one))).toEqual([]);
  },

  'an id that one remembers is known to the other (I2)': async (trial) => {
    const [one, two] = await makeTwo(trial);
    const { position } = await publish(one, 'm1', { payload: 1 });
    expect(await publish(two, 'm1', { payload: 1 })).toEqual({ status: 'duplicate', position });
    await expect(publish(two, 'm1', { payload: 2 })).rejects.toMatchObject({ code: 'MESSAGE_ID_CONFLICT' });
    expect((await publish(two, 'm1', { payload: 2, publisher: 'bob' })).status).toBe('ok');
    expect(await storedIds(two)).toEqual(['m1', 'm1']);
  },

  'one message that both are given at the same time is stored once, and both answer with its position (I2)': async (
    trial,
  ) => {
    const [one, two] = await makeTwo(trial);
    for (const id of ids(20)) {
      const answers = await Promise.all([one, two, one, two].map((backbone) => publish(backbone, id)));
      expect(answers.filter(({ status }) => status === 'ok').length).toBeLessThanOrEqual(1);
      for (const { position } of answers) expect(position).toEqual(answers[0]?.position);
      expect(await one.anchor('a', answers[0]?.position ?? { epoch: '', seqNo: 0 })).toBe(true);
    }
    expect(await storedIds(one)).toEqual(ids(20));
    expect(await storedIds(two)).toEqual(ids(20));
  },

  'of one id with different content that both are given at the same time exactly one is stored (I2)': async (trial) => {
    const [one, two] = await makeTwo(trial);
    const winners = [];
    for (const id of ids(20)) {
      const outcomes = await Promise.allSettled([publish(one, id, { payload: 1 }), publish(two, id, { payload: 2 })]);
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'MESSAGE_ID_CONFLICT' });
      }
      winners.push(outcomes.findIndex(({ status }) => status === 'fulfilled') + 1);
    }
    const entries = await stored(one);
    expect(idsOf(entries)).toEqual(ids(20));
    expect(entries.map(({ payload }) => payload)).toEqual(winners);
  },

  'listeners of both get the same entries in the same order, in one chain, while both publish (I3)': async (trial) => {
    const [one, two] = await makeTwo(trial);
    const hearings = [await trial.listen(one), await trial.listen(two)];
    const rounds = 6;
    for (let round = 0; round < rounds; round++) {
      await Promise.all([
        ...ids(10, `one${round}.`).map((id) => publish(one, id)),
        ...ids(10, `two${round}.`).map((id) => publish(two, id, { publisher: 'bob' })),
      ]);
    }
    const entries = await stored(one);
    expect(entries).toHaveLength(20 * rounds);
    expect(chainBreaks(entries)).toEqual([]);
    for (const hearing of hearings) {
      await hearing.heard(entries.length);
      expect(hearing.entries).toEqual(entries);
    }
    // What was started one after the other at one of them is in that order.
    const started = (from: string) => Array.from({ length: rounds }, (_, round) => ids(10, `${from}${round}.`)).flat();
    for (const from of ['one', 'two']) {
      expect(idsOf(entries).filter((id) => id.startsWith(from))).toEqual(started(from));
    }
  },

  'of publishes through both with the same expectation exactly one wins (§4.4)': async (trial) => {
    const [one, two] = await makeTwo(trial);
    let { seqNo } = await one.head('a');
    for (let round = 0; round < 15; round++) {
      const attempts = [one, two, one, two].map((backbone, at) =>
        publish(backbone, `r${round}.${at}`, { expectSeqNo: seqNo, key: 'x' }),
      );
      const outcomes = await Promise.allSettled(attempts);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'SEQ_CONFLICT' });
        else seqNo = outcome.value.position.seqNo;
      }
      for (const backbone of [one, two]) expect((await backbone.head('a')).seqNo).toBe(seqNo);
    }
    expect(await storedIds(two)).toHaveLength(15);
  },

  'who joins one while the other stores hears all that follows the head, without a hole (I4)': async (trial) => {
    const [one, two] = await makeTwo(trial);
    for (let round = 0; round < 10; round++) {
      const before = ids(8, `before${round}.`).map((id) => publish(one, id));
      const joining = trial.listen(two);
      const after = ids(8, `after${round}.`).map((id) => publish(one, id));
      await Promise.all([...before, ...after]);
      const hearing = await joining;
      await publish(one, `last${round}`);
      await hearing.heardId(`last${round}`);
      expect(hearing.entries).toEqual(await hearing.caughtUp(one));
      expect(hearing.entries[0]).toMatchObject({ epoch: hearing.head.epoch, prevSeqNo: hearing.head.seqNo });
      hearing.close();
    }
  },

  'the listeners of both go on from one position on an empty topic': async (trial) => {
    const [one, two] = await makeTwo(trial);
    const hearings = [await trial.listen(one), await trial.listen(two)];
    await publish(two, 'm1');
    await publish(one, 'm2');
    for (const hearing of hearings) {
      expect(await hearing.heard(2)).toEqual(['m1', 'm2']);
      expect(hearing.head).toMatchObject({ epoch: hearing.entries[0]?.epoch, seqNo: 0 });
    }
  },

  'the state is one, whichever of them is told of a key (§5.6)': async (trial) => {
    const [one, two] = await makeTwo(trial, { historyLengthMax: 3 });
    await publish(one, 'm1', { key: 'x' });
    await publish(two, 'm2', { key: 'y' });
    await publishAll(two, ids(3, 'n'));
    await publish(two, 'm3', { key: 'x', payload: null });
    await publish(one, 'm4', { key: 'z' });
    for (const backbone of [one, two]) expect(await stateIds(backbone)).toEqual(['m2', 'n3', 'm4']);
  },

  'what has left the history has left it for both (I6)': async (trial) => {
    const [one, two] = await makeTwo(trial, { historyLengthMax: 2 });
    const { position: first } = await publish(one, 'm1');
    await publish(two, 'm2');
    const { position: third } = await publish(two, 'm3');
    for (const backbone of [one, two]) {
      expect(await storedIds(backbone)).toEqual(['m2', 'm3']);
      expect(await backbone.anchor('a', first)).toBe(false);
      expect(await backbone.anchor('a', third)).toBe(true);
    }
  },

  'any steps taken through both in turn have the results of the model (I2, I3, §5.6)': (trial) =>
    compare(trial, {
      limits: fc.record({ historyLengthMax: fc.integer({ min: 1, max: 6 }) }),
      steps: steps({ publish: publishing.timeless }),
      count: 40,
      gateways: 2,
    }),

  'any crowd of publishes through both, repeats and conflicts among them, leaves one log that explains all answers (I2, I3)':
    async (trial) => {
      const attempt = fc.record({
        gateway: fc.nat({ max: 1 }),
        messageId: fc.nat({ max: 5 }).map((number) => `m${number}`),
        payload: fc.constantFrom(1, 1, 1, 2),
      });
      const crowd = fc.array(attempt, { minLength: 2, maxLength: 24 });
      await trial.property(40, fc.array(crowd, { minLength: 1, maxLength: 3 }), async (crowds) => {
        const both = await makeTwo(trial);
        const hearings = [await trial.listen(both[0]), await trial.listen(both[1])];
        const oks = new Map<string, number>();
        for (const crowd of crowds) {
          const outcomes = await Promise.all(
            crowd.map(({ gateway, messageId, payload }) =>
              publish(both[gateway === 0 ? 0 : 1], messageId, { payload }).catch((error: unknown) => error),
            ),
          );
          const log = await stored(both[0]);
          for (const [at, outcome] of outcomes.entries()) {
            const { messageId, payload } = crowd[at] ?? {};
            const entry = log.find((entry) => entry.messageId === messageId);
            if (outcome instanceof ProtocolError) {
              expect(outcome.code).toBe('MESSAGE_ID_CONFLICT');
              expect(entry?.payload).not.toBe(payload);
              continue;
            }
            expect(outcome).toMatchObject({ position: { epoch: entry?.epoch, seqNo: entry?.seqNo, messageId } });
            expect(entry?.payload).toBe(payload);
            if ((outcome as { status: string }).status === 'ok')
              oks.set(`${messageId}`, (oks.get(`${messageId}`) ?? 0) + 1);
          }
        }
        const log = await stored(both[1]);
        expect(chainBreaks(log)).toEqual([]);
        expect(new Set(idsOf(log)).size).toBe(log.length);
        for (const count of oks.values()) expect(count).toBe(1);
        for (const hearing of hearings) {
          await hearing.heard(log.length);
          expect(hearing.entries).toEqual(log);
        }
      });
    },
} satisfies Rules;
