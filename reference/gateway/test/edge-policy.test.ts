import { describe, expect, it } from 'vitest';
import { EdgePolicy } from '../src/index.ts';
import { World } from './support/world.ts';

const KEY = 'a-key-that-only-edges-have';

describe('EdgePolicy', () => {
  it('takes its key and nothing else', async () => {
    const policy = new EdgePolicy(KEY);
    expect(await policy.authenticate(KEY)).toMatchObject({ isEdge: true });
    await expect(policy.authenticate(undefined)).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
    for (const token of ['', 'x', KEY.slice(1), `${KEY}x`]) {
      await expect(policy.authenticate(token)).rejects.toMatchObject({ code: 'AUTH_FAILED' });
      expect(policy.accepts(token)).toBe(false);
    }
  });

  it('without a key takes everybody', async () => {
    const policy = new EdgePolicy(undefined);
    expect(await policy.authenticate(undefined)).toMatchObject({ isEdge: true });
    expect(await policy.authenticate('anything')).toMatchObject({ isEdge: true });
  });

  it('refuses a key that could be guessed', () => {
    for (const key of ['', 'short', 'x'.repeat(9_000)]) expect(() => new EdgePolicy(key)).toThrow(RangeError);
  });

  it('grants nothing to a principal of another policy', () => {
    const policy = new EdgePolicy(KEY);
    expect(policy.authorize({ name: 'edge', kind: 'service', isEdge: true })).toBe(false);
    expect(policy.isValid({ name: 'edge' })).toBe(false);
  });
});

describe('a publish for somebody else (§4.4, I1, I2)', () => {
  it('is an edge’s to make: the messageId is that publisher’s, and the message names whom it says', async () => {
    const world = new World({ policy: new EdgePolicy(KEY) });
    const edge = await world.ready({ token: KEY });
    const publishAs = (publisher: string) =>
      edge.request({ type: 'publish', topic: 'a', messageId: 'm1', payload: 1, publisher, by: publisher });
    const answers = [publishAs('ann'), publishAs('bob'), publishAs('ann')];
    await world.settle();
    expect(answers.map((id) => edge.answer(id))).toMatchObject([
      { status: 'ok', seqNo: 1 },
      { status: 'ok', seqNo: 2 },
      { status: 'duplicate', seqNo: 1 },
    ]);
    expect((await world.memory.read('a', { afterSeqNo: 0, limit: 9 })).map(({ by }) => by)).toEqual(['ann', 'bob']);
  });

  it('is refused from everybody else, whatever they may publish', async () => {
    const world = new World();
    const peer = await world.ready({ token: 'ann-token' });
    for (const more of [{ publisher: 'bob' }, { by: 'bob' }, { publisher: 'ann' }]) {
      const id = peer.request({ type: 'publish', topic: 'a', messageId: 'm1', payload: 1, ...more });
      await world.settle();
      expect(peer.answer(id)).toMatchObject({ code: 'ACL_DENIED' });
    }
    expect(world.gateway.stats().published).toBe(0);
  });

  it('may go to derived topics, where users may not write', async () => {
    const world = new World({ policy: new EdgePolicy(KEY) });
    const edge = await world.ready({ token: KEY });
    const id = edge.request({ type: 'publish', topic: 'a.~presence', messageId: 'm1', payload: null, key: 'k' });
    await world.settle();
    expect(edge.answer(id)).toMatchObject({ type: 'ack' });
    const users = new World();
    const peer = await users.ready();
    const denied = peer.request({ type: 'publish', topic: 'a.~presence', messageId: 'm1', payload: null, key: 'k' });
    await users.settle();
    expect(peer.answer(denied)).toMatchObject({ code: 'ACL_DENIED' });
  });
});
