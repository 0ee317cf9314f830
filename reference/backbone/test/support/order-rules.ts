import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/index.ts';
import { ids, type MakeBackbone, publish, publishAll, request, stored } from './harness.ts';

export function orderRules(make: MakeBackbone): void {
  describe('I3: order', () => {
    it('publishes that are started one after the other are stored in that order', async () => {
      const { backbone } = make();
      const results = await Promise.all(ids(50).map((id) => backbone.publish(request(id))));
      const entries = await stored(backbone);
      expect(entries.map(({ messageId }) => messageId)).toEqual(ids(50));
      expect(results.map(({ position }) => position.seqNo)).toEqual(entries.map(({ seqNo }) => seqNo));
    });

    it('every entry names the one before it, from 0 on, in one epoch, with rising seqNos', async () => {
      const { backbone } = make();
      await publishAll(backbone, ids(20));
      const entries = await stored(backbone);
      let before = 0;
      for (const { seqNo, prevSeqNo } of entries) {
        expect(prevSeqNo).toBe(before);
        expect(seqNo).toBeGreaterThan(prevSeqNo);
        before = seqNo;
      }
      expect(new Set(entries.map(({ epoch }) => epoch)).size).toBe(1);
    });

    it('all listeners of a topic get the same entries in the same order, and only of their topic', async () => {
      const { backbone } = make();
      const heard: Entry[][] = [[], [], []];
      for (const list of heard) await backbone.subscribe('a', (entry) => list.push(entry));
      await Promise.all([
        ...ids(10).map((id) => publish(backbone, id)),
        ...ids(10, 'other').map((id) => publish(backbone, id, { topic: 'b' })),
        ...ids(10, 'bob').map((id) => publish(backbone, id, { publisher: 'bob' })),
      ]);
      const entries = await stored(backbone);
      expect(entries).toHaveLength(20);
      for (const list of heard) expect(list).toEqual(entries);
    });

    it('an entry carries what was published and when it was stored', async () => {
      const { backbone, clock } = make();
      await clock.advance(5);
      const { position } = await publish(backbone, 'm1', { payload: { a: [1, null] } });
      const [entry] = await stored(backbone);
      const { epoch, seqNo } = position;
      expect(entry).toMatchObject({
        epoch,
        seqNo,
        prevSeqNo: 0,
        messageId: 'm1',
        time: clock.now(),
        payload: { a: [1, null] },
      });
    });

    it('topics do not share a history', async () => {
      const { backbone } = make();
      const { position: a } = await publish(backbone, 'm1');
      const { position: b } = await publish(backbone, 'm2', { topic: 'b' });
      expect(a.epoch).not.toBe(b.epoch);
      expect((await stored(backbone, 'b')).map(({ prevSeqNo }) => prevSeqNo)).toEqual([0]);
    });
  });

  describe('subscribe', () => {
    it('an empty topic begins at 0, without a messageId', async () => {
      const { backbone } = make();
      const { head } = await backbone.subscribe('a', () => {});
      expect(head).toMatchObject({ seqNo: 0 });
      expect(head.messageId).toBeUndefined();
      expect(head.epoch).not.toBe('');
      expect(await backbone.head('a')).toEqual(head);
    });

    it('misses nothing between the head that it names and the first entry (I4)', async () => {
      const { backbone } = make();
      for (let round = 0; round < 20; round++) {
        const heard: Entry[] = [];
        const before = publish(backbone, `before${round}`);
        const subscribing = backbone.subscribe('a', (entry) => heard.push(entry));
        const after = publish(backbone, `after${round}`);
        const [{ head }] = await Promise.all([subscribing, before, after]);
        const last = await publish(backbone, `last${round}`);
        const following = (await stored(backbone)).filter(({ seqNo }) => seqNo > head.seqNo);
        expect(heard.filter(({ seqNo }) => seqNo > head.seqNo)).toEqual(following);
        expect(following[0]?.prevSeqNo).toBe(head.seqNo);
        expect(following.at(-1)?.seqNo).toBe(last.position.seqNo);
      }
    });

    it('the head is the position of the newest message, and a publish is answered with it', async () => {
      const { backbone } = make();
      await publishAll(backbone, ids(3));
      const { position } = await publish(backbone, 'm4');
      expect(position).toMatchObject({ messageId: 'm4' });
      expect(await backbone.head('a')).toEqual(position);
      expect((await backbone.subscribe('a', () => {})).head).toEqual(position);
    });

    it('a closed subscription hears nothing more, at once; the others hear everything', async () => {
      const { backbone } = make();
      const heard: string[] = [];
      const others: string[] = [];
      const subscription = await backbone.subscribe('a', ({ messageId }) => heard.push(messageId));
      await backbone.subscribe('a', ({ messageId }) => others.push(messageId));
      await publish(backbone, 'm1');
      subscription.close();
      await publish(backbone, 'm2');
      subscription.close();
      await publish(backbone, 'm3');
      expect(heard).toEqual(['m1']);
      expect(others).toEqual(['m1', 'm2', 'm3']);
    });

    it('a listener that is closed by another one while both are called hears nothing more', async () => {
      const { backbone } = make();
      const heard: string[] = [];
      const closes: (() => void)[] = [];
      await backbone.subscribe('a', () => {
        for (const close of closes) close();
      });
      const second = await backbone.subscribe('a', ({ messageId }) => heard.push(messageId));
      closes.push(() => second.close());
      await publishAll(backbone, ids(2));
      expect(heard).toEqual([]);
    });

    it('two subscriptions with one listener end on their own', async () => {
      const { backbone } = make();
      const heard: string[] = [];
      const listener = ({ messageId }: Entry) => heard.push(messageId);
      const first = await backbone.subscribe('a', listener);
      await backbone.subscribe('a', listener);
      first.close();
      await publish(backbone, 'm1');
      expect(heard).toEqual(['m1']);
    });

    it('a listener that throws breaks neither the publish nor the other listeners, nor its own next entry', async () => {
      const { backbone } = make();
      const heard: string[] = [];
      await backbone.subscribe('a', ({ messageId }) => heard.push(`before ${messageId}`));
      await backbone.subscribe('a', ({ messageId }) => {
        heard.push(`throws ${messageId}`);
        throw new Error('a listener failed');
      });
      await backbone.subscribe('a', ({ messageId }) => heard.push(`after ${messageId}`));
      const first = await publish(backbone, 'm1');
      expect(first.status).toBe('ok');
      expect(await publish(backbone, 'm1')).toEqual({ status: 'duplicate', position: first.position });
      await publish(backbone, 'm2');
      const said = (id: string) => [`before ${id}`, `throws ${id}`, `after ${id}`];
      expect(heard).toEqual([...said('m1'), ...said('m2')]);
    });

    it('a listener that publishes to its own topic changes nobody’s order, and repeats nothing (I2, I3)', async () => {
      const { backbone, clock } = make();
      const heard: string[][] = [[], []];
      const answers: Promise<unknown>[] = [];
      await backbone.subscribe('a', ({ messageId }) => {
        heard[0]?.push(messageId);
        if (messageId !== 'm1') return;
        for (const id of ['m1', 'm2', 'm3']) answers.push(publish(backbone, id));
      });
      await backbone.subscribe('a', ({ messageId }) => heard[1]?.push(messageId));
      await publish(backbone, 'm1');
      await clock.settle();
      expect(await Promise.all(answers)).toMatchObject([{ status: 'duplicate' }, { status: 'ok' }, { status: 'ok' }]);
      expect(heard).toEqual([ids(3), ids(3)]);
    });

    it('a listener that joins while an entry is handed out begins after the head that it was told', async () => {
      const { backbone, clock } = make();
      const heard: Entry[] = [];
      const joining: ReturnType<typeof backbone.subscribe>[] = [];
      await backbone.subscribe('a', ({ messageId }) => {
        if (messageId === 'm1') joining.push(backbone.subscribe('a', (entry) => heard.push(entry)));
      });
      await publish(backbone, 'm1');
      await clock.settle();
      await publish(backbone, 'm2');
      const [subscription] = await Promise.all(joining);
      expect(heard.map(({ prevSeqNo }) => prevSeqNo)).toEqual([subscription?.head.seqNo]);
    });
  });
}
