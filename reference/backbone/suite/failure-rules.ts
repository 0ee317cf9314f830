import { expect } from 'vitest';
import type { PublishResult } from '../src/index.ts';
import { chainBreaks } from './chain.ts';
import { ids, idsOf, publish, publishAll, stored } from './harness.ts';
import { isUnavailable, type Rules } from './trial.ts';

/** Time passes while a backbone is cut off; no id that a rule sends again may be forgotten meanwhile. */
const LIMITS = { dedupWindowMs: 86_400_000 };

/** A backbone that is cut off from its store in the middle of its work, and joined to it again. */
export const failureRules = {
  'a publish that is cut off is answered afterwards or UNAVAILABLE; sent again, it is stored once (I2, I3, I4)': async (
    trial,
  ) => {
    const { backbone, clock, cut, heal } = await trial.make(LIMITS);
    const answered = new Map<string, PublishResult>();
    for (let round = 0; round < 6; round++) {
      const group = ids(30, `r${round}.`);
      const outcomes: Promise<unknown>[] = [];
      const start = (id: string) => outcomes.push(publish(backbone, id).catch((error: unknown) => error));
      for (const id of group.slice(0, 20)) start(id);
      // In some rounds a part has come through when it is cut.
      if (round > 0) await outcomes[round * 3];
      await cut();
      for (const id of group.slice(20)) start(id);
      if (round % 2 === 0) await trial.pass(clock, 10);
      await heal();

      const first = new Map<string, unknown>();
      for (const [at, outcome] of (await trial.driven(clock, Promise.all(outcomes))).entries()) {
        if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'UNAVAILABLE', retry: true });
        first.set(group[at] ?? '', outcome);
      }
      for (const [id, outcome] of first) {
        const again = await trial.insist(clock, () => publish(backbone, id));
        if (outcome instanceof Error) expect(again.position).toMatchObject({ messageId: id });
        else expect(again).toEqual({ ...(outcome as PublishResult), status: 'duplicate' });
        answered.set(id, again);
      }
      // Those that needed no second try are in the order in which they were started.
      const seqNos = [...first.values()].flatMap((outcome) =>
        outcome instanceof Error ? [] : [(outcome as PublishResult).position.seqNo],
      );
      expect(seqNos).toEqual(seqNos.toSorted((one, other) => one - other));
    }
    const log = await trial.insist(clock, () => stored(backbone));
    expect(chainBreaks(log, 0)).toEqual([]);
    expect(idsOf(log).toSorted()).toEqual([...answered.keys()].toSorted());
    for (const { epoch, seqNo, messageId } of log) {
      expect(answered.get(messageId)?.position).toEqual({ epoch, seqNo, messageId });
    }
  },

  'after UNAVAILABLE other content under the same id is stored, or MESSAGE_ID_CONFLICT, as the log then says': async (
    trial,
  ) => {
    const { backbone, clock, cut, heal } = await trial.make(LIMITS);
    for (const id of ids(8)) {
      const publishing = publish(backbone, id, { payload: 1 }).catch((error: unknown) => error);
      await cut();
      await trial.pass(clock, 3);
      await heal();
      await trial.driven(clock, publishing);
      const other = await trial
        .insist(clock, () => publish(backbone, id, { payload: 2 }))
        .catch((error: unknown) => error);
      if (other instanceof Error) expect(other).toMatchObject({ code: 'MESSAGE_ID_CONFLICT' });
      const log = await trial.insist(clock, () => stored(backbone));
      const payloads = log.filter(({ messageId }) => messageId === id).map(({ payload }) => payload);
      expect(payloads).toEqual([other instanceof Error ? 1 : 2]);
    }
  },

  'an expectation that was cut off and is sent again is answered with its position, not with SEQ_CONFLICT (§4.4)':
    async (trial) => {
      const { backbone, clock, cut, heal } = await trial.make(LIMITS);
      let expectSeqNo = 0;
      for (const [at, id] of ids(16).entries()) {
        const send = () => publish(backbone, id, { expectSeqNo });
        const publishing = send().catch((error: unknown) => error);
        if (at % 3 === 0) {
          await cut();
          await trial.pass(clock, 3);
          await heal();
        }
        const outcome = await trial.driven(clock, publishing);
        if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'UNAVAILABLE' });
        const { position } = await trial.insist(clock, send);
        expect(position).toMatchObject({ messageId: id });
        expect(position.seqNo).toBeGreaterThan(expectSeqNo);
        expectSeqNo = position.seqNo;
      }
      expect(idsOf(await stored(backbone))).toEqual(ids(16));
    },

  'a listener hears every entry in one chain, or is told once that its feed is over, before any entry after a hole (I4)':
    async (trial) => {
      // A short history may have moved on by more than can be read again.
      for (const historyLengthMax of [1_000, 4]) {
        const subject = await trial.make({ ...LIMITS, historyLengthMax });
        const { backbone, clock, cut, heal } = subject;
        const other = subject.hasAnother ? await subject.another() : backbone;
        let hearing = await trial.listen(backbone);
        for (let round = 0; round < 6; round++) {
          await publishAll(backbone, ids(3, `before${round}.`));
          await cut();
          const publishing = ids(20, `during${round}.`).map((id) =>
            publish(other, id).catch((error: unknown) => error),
          );
          // If the other one is not cut off, it stores while this one hears nothing.
          if (round % 2 === 0) await trial.pass(clock, 20);
          await heal();
          for (const outcome of await trial.driven(clock, Promise.all(publishing))) {
            if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'UNAVAILABLE' });
          }
          const last = `last${round}`;
          await trial.insist(clock, () => publish(backbone, last));
          const isOver = () => hearing.ids.includes(last) || hearing.lostCount > 0;
          await trial.driven(clock, hearing.until(`${last} or the end of its feed`, isOver));
          expect(chainBreaks(hearing.entries, hearing.head.seqNo)).toEqual([]);
          if (hearing.lostCount === 0) continue;

          const lost = hearing;
          hearing = await trial.insist(clock, () => trial.listen(backbone));
          await trial.insist(clock, () => publish(backbone, `next${round}`));
          await trial.driven(clock, hearing.heardId(`next${round}`));
          expect([lost.lostCount, lost.heardAfterLoss]).toEqual([1, 0]);
        }
        await trial.driven(clock, hearing.caughtUp(backbone));
        expect(chainBreaks(hearing.entries, hearing.head.seqNo)).toEqual([]);
      }
    },

  'a subscription that was closed while it was cut off hears nothing more, not even that its feed is over': async (
    trial,
  ) => {
    const { backbone, clock, cut, heal } = await trial.make(LIMITS);
    const closed = await trial.listen(backbone);
    await publish(backbone, 'm1');
    await closed.heard(1);
    await cut();
    closed.close();
    const lostBefore = closed.lostCount;
    await trial.pass(clock, 10);
    await heal();
    await trial.insist(clock, () => publish(backbone, 'm2'));
    const next = await trial.insist(clock, () => trial.listen(backbone));
    await trial.insist(clock, () => publish(backbone, 'm3'));
    await trial.driven(clock, next.heardId('m3'));
    expect(closed.ids).toEqual(['m1']);
    expect(closed.lostCount).toBe(lostBefore);
  },

  'a question that is asked while it is cut off is answered rightly or UNAVAILABLE, and rightly afterwards': async (
    trial,
  ) => {
    const { backbone, clock, cut, heal } = await trial.make(LIMITS);
    await publishAll(backbone, ids(3));
    const { position } = await publish(backbone, 'm4', { key: 'x' });
    const questions: readonly (() => Promise<unknown>)[] = [
      () => stored(backbone),
      () => backbone.snapshot('a'),
      () => backbone.tail('a', 2),
      () => backbone.head('a'),
      () => backbone.anchor('a', position),
      () => backbone.anchor('a', { ...position, messageId: 'other' }),
    ];
    const answers = [];
    for (const question of questions) answers.push(await question());
    expect(answers.slice(3)).toEqual([position, true, false]);

    await cut();
    const asked = questions.map((question) => question().catch((error: unknown) => error));
    await trial.pass(clock, 10);
    const askedLate = questions.map((question) => question().catch((error: unknown) => error));
    await heal();
    for (const asking of [asked, askedLate]) {
      for (const [at, outcome] of (await trial.driven(clock, Promise.all(asking))).entries()) {
        if (!isUnavailable(outcome)) expect(outcome).toEqual(answers[at]);
      }
    }
    for (const [at, question] of questions.entries()) {
      expect(await trial.insist(clock, question)).toEqual(answers[at]);
    }
  },

  'a subscribe while it is cut off is UNAVAILABLE, or hears everything after the head that it is told': async (
    trial,
  ) => {
    const { backbone, clock, cut, heal } = await trial.make(LIMITS);
    await publishAll(backbone, ids(3));
    await cut();
    const joining = trial.listen(backbone).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'UNAVAILABLE' });
    });
    await trial.pass(clock, 10);
    await heal();
    const hearing = (await trial.driven(clock, joining)) ?? (await trial.insist(clock, () => trial.listen(backbone)));
    await trial.insist(clock, () => publish(backbone, 'm4'));
    await trial.driven(clock, hearing.heardId('m4'));
    expect(chainBreaks(hearing.entries, hearing.head.seqNo)).toEqual([]);
  },

  'it says in a sentence what its problem is while it is cut off, and has none before and after': async (trial) => {
    const { backbone, clock, cut, heal } = await trial.make(LIMITS);
    await publish(backbone, 'm1');
    expect(backbone.problem).toBeUndefined();
    for (let round = 0; round < 3; round++) {
      await cut();
      // It may notice only when it tries to store something.
      const publishing = publish(backbone, `during${round}`).catch((error: unknown) => error);
      await trial.eventually(clock, 'a problem', () => backbone.problem !== undefined);
      expect(backbone.problem).toMatch(/\S \S.*\.$/);
      await heal();
      await trial.driven(clock, publishing);
      await trial.insist(clock, () => publish(backbone, `after${round}`));
      await trial.eventually(clock, 'the end of the problem', () => backbone.problem === undefined);
    }
  },

  'it can be closed while it is cut off, which answers what is under way': async (trial) => {
    const { backbone, clock, cut } = await trial.make(LIMITS);
    await publish(backbone, 'm1');
    await cut();
    const underWay = [publish(backbone, 'm2'), backbone.head('a'), stored(backbone)];
    const outcomes = Promise.allSettled(underWay);
    await trial.pass(clock, 2);
    await trial.driven(clock, backbone.close());
    for (const outcome of await trial.driven(clock, outcomes)) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'UNAVAILABLE' });
    }
  },
} satisfies Rules;
