import { expect } from 'vitest';
import { ids, publish, stateIds, storedIds } from './harness.ts';
import type { Rules } from './trial.ts';

/** expectSeqNo. §4.4. */
export const expectRules = {
  'stores the message when the head has exactly this seqNo, 0 for a topic without messages': async ({ make }) => {
    const { backbone } = await make();
    let expectSeqNo = 0;
    for (const id of ids(4)) expectSeqNo = (await publish(backbone, id, { expectSeqNo })).position.seqNo;
    expect(await storedIds(backbone)).toEqual(ids(4));
  },

  'refuses it otherwise with SEQ_CONFLICT, and names the seqNo of the head': async ({ make }) => {
    const { backbone } = await make();
    const { position: first } = await publish(backbone, 'm1');
    const { position: second } = await publish(backbone, 'm2');
    for (const expectSeqNo of [0, first.seqNo, second.seqNo + 1]) {
      await expect(publish(backbone, 'm3', { expectSeqNo })).rejects.toMatchObject({
        code: 'SEQ_CONFLICT',
        retry: false,
        message: expect.stringContaining(`${second.seqNo}`),
      });
    }
    await expect(publish(backbone, 'm3', { topic: 'b', expectSeqNo: 1 })).rejects.toMatchObject({
      code: 'SEQ_CONFLICT',
    });
    expect(await storedIds(backbone)).toEqual(['m1', 'm2']);
  },

  'of several publishes with the same expectation exactly one wins': async ({ make }) => {
    const { backbone } = await make();
    let { seqNo } = await backbone.head('a');
    for (let round = 0; round < 10; round++) {
      const attempts = ids(3, `r${round}.`).map((id) =>
        publish(backbone, id, { expectSeqNo: seqNo, publisher: id.endsWith('1') ? 'ann' : 'bob', key: 'x' }),
      );
      const outcomes = await Promise.allSettled(attempts);
      const won = outcomes.filter(({ status }) => status === 'fulfilled');
      expect(won).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'SEQ_CONFLICT' });
        else seqNo = outcome.value.position.seqNo;
      }
      expect((await backbone.head('a')).seqNo).toBe(seqNo);
    }
    expect(await storedIds(backbone)).toHaveLength(10);
  },

  'a repeat is recognised first: it is a duplicate although the head has moved on (I2)': async ({ make }) => {
    const { backbone } = await make();
    const { position } = await publish(backbone, 'm1', { expectSeqNo: 0 });
    await publish(backbone, 'm2');
    expect(await publish(backbone, 'm1', { expectSeqNo: 0 })).toEqual({ status: 'duplicate', position });
    // What is expected is no part of the content.
    expect(await publish(backbone, 'm1')).toEqual({ status: 'duplicate', position });
    await expect(publish(backbone, 'm1', { expectSeqNo: 0, payload: 'other' })).rejects.toMatchObject({
      code: 'MESSAGE_ID_CONFLICT',
    });
  },

  'a failed expectation leaves nothing behind: no message, no id, no state, no topic': async ({ make }) => {
    const { backbone } = await make({ topicsMax: 2 });
    await backbone.subscribe('a', () => {});
    const { position } = await publish(backbone, 'm1', { key: 'x' });
    const idle = await publish(backbone, 'm1', { topic: 'idle' });
    for (const topic of ['a', 'b', 'c']) {
      await expect(publish(backbone, 'm2', { topic, key: 'x', payload: null, expectSeqNo: 77 })).rejects.toMatchObject({
        code: 'SEQ_CONFLICT',
      });
    }
    expect(await stateIds(backbone)).toEqual(['m1']);
    expect(await backbone.head('a')).toEqual(position);
    expect(await backbone.anchor('idle', idle.position)).toBe(true);
    expect((await publish(backbone, 'm2', { payload: 'other' })).status).toBe('ok');
  },
} satisfies Rules;
