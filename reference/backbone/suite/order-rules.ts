import { expect } from 'vitest';
import { ids, publish, publishAll, request, stored, storedAfter, storedIds } from './harness.ts';
import type { Rules } from './trial.ts';

/** Order. I3. */
export const orderRules = {
  'publishes that are started one after the other are stored in that order (I3)': async ({ make }) => {
    const { backbone } = await make();
    const results = await Promise.all(ids(50).map((id) => backbone.publish(request(id))));
    const entries = await stored(backbone);
    expect(entries.map(({ messageId }) => messageId)).toEqual(ids(50));
    expect(results.map(({ position }) => position.seqNo)).toEqual(entries.map(({ seqNo }) => seqNo));
  },

  'every entry names the one before it, from 0 on, in one epoch, with rising seqNos (I3)': async ({ make }) => {
    const { backbone } = await make();
    await publishAll(backbone, ids(20));
    const entries = await stored(backbone);
    expect(entries).toHaveLength(20);
    let before = 0;
    for (const { seqNo, prevSeqNo } of entries) {
      expect(prevSeqNo).toBe(before);
      expect(seqNo).toBeGreaterThan(prevSeqNo);
      before = seqNo;
    }
    expect(new Set(entries.map(({ epoch }) => epoch)).size).toBe(1);
  },

  'all listeners of a topic get the same entries in the same order, and only of their topic (I3)': async (trial) => {
    const { backbone } = await trial.make();
    const hearings = [];
    for (let count = 0; count < 3; count++) hearings.push(await trial.listen(backbone));
    await Promise.all([
      ...ids(10).map((id) => publish(backbone, id)),
      ...ids(10, 'other').map((id) => publish(backbone, id, { topic: 'b' })),
      ...ids(10, 'bob').map((id) => publish(backbone, id, { publisher: 'bob' })),
    ]);
    await publish(backbone, 'last');
    const entries = await stored(backbone);
    expect(entries).toHaveLength(21);
    for (const hearing of hearings) {
      await hearing.heardId('last');
      expect(hearing.entries).toEqual(entries);
    }
  },

  'an entry carries what was published and when it was stored': async ({ make }) => {
    const { backbone, clock } = await make();
    await clock.advance(5);
    const startedAt = clock.now();
    const { position } = await publish(backbone, 'm1', { payload: { a: [1, null] } });
    const [entry] = await stored(backbone);
    const { epoch, seqNo } = position;
    expect(entry).toMatchObject({ epoch, seqNo, prevSeqNo: 0, messageId: 'm1', payload: { a: [1, null] } });
    expect(entry?.time).toBeGreaterThanOrEqual(startedAt);
    expect(entry?.time).toBeLessThanOrEqual(clock.now());
  },

  'topics do not share a history': async ({ make }) => {
    const { backbone } = await make();
    await publish(backbone, 'm1');
    await publish(backbone, 'm2', { topic: 'b' });
    await publish(backbone, 'm3');
    expect(await storedIds(backbone)).toEqual(['m1', 'm3']);
    expect((await stored(backbone, 'b')).map(({ messageId, prevSeqNo }) => [messageId, prevSeqNo])).toEqual([
      ['m2', 0],
    ]);
    expect(await backbone.head('b')).toMatchObject({ messageId: 'm2' });
  },
} satisfies Rules;

export const subscribeRules = {
  'an empty topic begins at 0, without a messageId': async ({ make, listen }) => {
    const { backbone } = await make();
    const { head } = await listen(backbone);
    expect(head).toMatchObject({ seqNo: 0 });
    expect(head.messageId).toBeUndefined();
    expect(head.epoch).not.toBe('');
    expect(await backbone.head('a')).toEqual(head);
  },

  'the first entry goes on from the head that it was joined at, in its epoch, on an empty topic too': async (trial) => {
    const { backbone } = await trial.make();
    for (const id of ids(3)) {
      const hearing = await trial.listen(backbone);
      await publish(backbone, id);
      await hearing.heard(1);
      const { epoch, seqNo } = hearing.head;
      expect(hearing.entries[0]).toMatchObject({ epoch, prevSeqNo: seqNo, messageId: id });
    }
  },

  'misses nothing between the head that it names and the first entry (I4)': async ({ make, listen }) => {
    const { backbone } = await make();
    for (let round = 0; round < 20; round++) {
      const before = publish(backbone, `before${round}`);
      const joining = listen(backbone);
      const after = publish(backbone, `after${round}`);
      const [hearing] = await Promise.all([joining, before, after]);
      const last = await publish(backbone, `last${round}`);
      const following = await storedAfter(backbone, hearing.head.seqNo);
      await hearing.heardId(`last${round}`);
      expect(hearing.entries).toEqual(following);
      expect(following[0]?.prevSeqNo).toBe(hearing.head.seqNo);
      expect(following.at(-1)?.seqNo).toBe(last.position.seqNo);
    }
  },

  'the head is the position of the newest message, and a publish is answered with it': async ({ make, listen }) => {
    const { backbone } = await make();
    await publishAll(backbone, ids(3));
    const { position } = await publish(backbone, 'm4');
    expect(position).toMatchObject({ messageId: 'm4' });
    expect(await backbone.head('a')).toEqual(position);
    expect((await listen(backbone)).head).toEqual(position);
  },

  'a closed subscription hears nothing more, at once; the others hear everything': async ({ make, listen }) => {
    const { backbone } = await make();
    const closed = await listen(backbone);
    const other = await listen(backbone);
    await publish(backbone, 'm1');
    await closed.heard(1);
    closed.close();
    await publish(backbone, 'm2');
    closed.close();
    await publish(backbone, 'm3');
    expect(await other.heard(3)).toEqual(['m1', 'm2', 'm3']);
    expect(closed.ids).toEqual(['m1']);
    expect(closed.lostCount).toBe(0);
  },

  'a listener that closes its own subscription has heard its last entry, whatever is under way': async (trial) => {
    const { backbone } = await trial.make();
    const closing = await trial.listen(backbone, 'a', ({ messageId }) => {
      if (messageId === 'm2') closing.close();
    });
    const other = await trial.listen(backbone);
    await Promise.all(ids(10).map((id) => publish(backbone, id)));
    await closing.heardId('m2');
    await other.heard(10);
    expect(closing.ids).toEqual(['m1', 'm2']);
  },

  'a listener that is closed by another one while both are called hears nothing more': async ({ make, listen }) => {
    const { backbone } = await make();
    const closes: (() => void)[] = [];
    // Which of the two hears an entry first is left to the backbone.
    let atClose: readonly string[] | undefined;
    const first = await listen(backbone, 'a', () => {
      for (const close of closes.splice(0)) close();
    });
    const second = await listen(backbone);
    closes.push(() => {
      second.close();
      atClose = second.ids;
    });
    await publishAll(backbone, ids(2));
    await first.heard(2);
    expect(atClose).toBeDefined();
    expect(second.ids).toEqual(atClose);
  },

  'two subscriptions with one listener end on their own': async ({ make, listen }) => {
    const { backbone } = await make();
    const hearing = await listen(backbone);
    await backbone.subscribe('a', hearing.hear);
    const other = await listen(backbone);
    await publish(backbone, 'm1');
    expect(await hearing.heard(2)).toEqual(['m1', 'm1']);
    hearing.close();
    await publishAll(backbone, ['m2', 'm3']);
    await other.heardId('m3');
    expect(await hearing.heardId('m3')).toEqual(['m1', 'm1', 'm2', 'm3']);
  },

  'a listener that throws breaks neither the publish nor the other listeners, nor its own next entry': async (
    trial,
  ) => {
    const { backbone } = await trial.make();
    const before = await trial.listen(backbone);
    const throwing = await trial.listen(backbone, 'a', () => {
      throw new Error('a listener failed');
    });
    const after = await trial.listen(backbone);
    const first = await publish(backbone, 'm1');
    expect(first.status).toBe('ok');
    expect(await publish(backbone, 'm1')).toEqual({ status: 'duplicate', position: first.position });
    await publish(backbone, 'm2');
    for (const hearing of [before, throwing, after]) expect(await hearing.heard(2)).toEqual(['m1', 'm2']);
  },

  'a listener that publishes to its own topic changes nobody’s order, and repeats nothing (I2, I3)': async (trial) => {
    const { backbone } = await trial.make();
    const answers: Promise<unknown>[] = [];
    const publishing = await trial.listen(backbone, 'a', ({ messageId }) => {
      if (messageId !== 'm1') return;
      for (const id of ['m1', 'm2', 'm3']) answers.push(publish(backbone, id));
    });
    const other = await trial.listen(backbone);
    await publish(backbone, 'm1');
    await publishing.heard(3);
    expect(await Promise.all(answers)).toMatchObject([{ status: 'duplicate' }, { status: 'ok' }, { status: 'ok' }]);
    await publish(backbone, 'last');
    for (const hearing of [publishing, other]) expect(await hearing.heardId('last')).toEqual([...ids(3), 'last']);
  },

  'a listener that joins while an entry is handed out begins after the head that it was told': async (trial) => {
    const { backbone } = await trial.make();
    const joining: ReturnType<typeof trial.listen>[] = [];
    const first = await trial.listen(backbone, 'a', ({ messageId }) => {
      if (messageId === 'm1') joining.push(trial.listen(backbone));
    });
    await publish(backbone, 'm1');
    await first.heard(1);
    const [joined] = await Promise.all(joining);
    await publish(backbone, 'm2');
    await joined?.heard(1);
    expect(joined?.entries.map(({ prevSeqNo }) => prevSeqNo)).toEqual([joined?.head.seqNo]);
  },
} satisfies Rules;
