import { limitsWith } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../../transport/test/support/seeded-random.ts';
import { type Entry, MemoryBackbone } from '../../src/index.ts';
import { ids, publish, publishAll, stored } from '../../suite/harness.ts';
import { backboneSuite } from '../../suite/index.ts';
import { Engine, type EngineOptions } from './support/engine.ts';

const KEY = 'a-key-that-only-edges-have';

function memory(limits = {}) {
  const clock = new ManualClock();
  return { clock, backbone: new MemoryBackbone({ clock, random: seededRandom(1), limits: limitsWith(limits) }) };
}

async function world(options: Partial<EngineOptions> = {}) {
  const { clock, backbone } = memory();
  const engine = await Engine.start({ backbone, key: KEY, ...options });
  return { clock, engine, backbone };
}

const SIZES = 'The engine charges what it makes of the content, and not what a rule says of it.';
const LEAVES_LATER = 'The engine hears a moment later that nobody listens any more.';

backboneSuite('RemoteBackbone', {
  make: async (limits) => {
    const { clock, backbone } = memory(limits);
    const engine = await Engine.start({ backbone, key: KEY });
    return {
      clock,
      backbone: await engine.connect(),
      another: () => engine.connect(),
      interrupt: { cut: () => engine.cut(), heal: () => engine.listen() },
      dispose: () => engine.close(),
    };
  },
  skips: {
    'bounds of bytes': SIZES,
    'a publish that is refused for want of room leaves no topic behind': SIZES,
    'a publish that is refused for want of room costs no other topic anything': SIZES,
    'any steps have the results of the model: what is given up, and for whom, when bytes and topics run out (§8)':
      SIZES,
    'a topic that was only listened to takes no room when nobody listens any more': LEAVES_LATER,
    'a subscription that is closed twice ends once, and the bound goes on to hold': LEAVES_LATER,
    restart: 'What survives a restart is up to the backbone of the engine.',
  },
});

describe('RemoteBackbone', () => {
  it('says what its engine survives, and what it keeps', async () => {
    const { engine, backbone } = await world();
    const { durability, retentionMessagesMax, dedupWindowMs } = backbone;
    expect(await engine.connect()).toMatchObject({
      durability,
      retentionMessagesMax,
      dedupWindowMs,
      problem: undefined,
    });
    await engine.close();
  });

  it('is refused without the key of the engine, and with another one', async () => {
    const { engine } = await world();
    await expect(engine.connect({ token: undefined })).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
    await expect(engine.connect({ token: 'a-key-that-users-have' })).rejects.toMatchObject({ code: 'AUTH_FAILED' });
    await engine.close();
  });

  it('publishes in the name of each publisher, so that their messageIds do not meet (I2, §4.4)', async () => {
    const { engine } = await world();
    const edge = await engine.connect();
    const ann = await publish(edge, 'm1', { publisher: 'ann', by: 'ann' });
    const bob = await publish(edge, 'm1', { publisher: 'bob', by: 'bob' });
    expect([ann.status, bob.status]).toEqual(['ok', 'ok']);
    expect((await stored(edge)).map(({ by }) => by)).toEqual(['ann', 'bob']);
    await engine.close();
  });

  it('gives a refusal without the id of its own request, which means nothing to whoever asked (§5.11)', async () => {
    const { engine } = await world();
    const edge = await engine.connect();
    await publish(edge, 'm1');
    const conflict = publish(edge, 'm1', { payload: 'other' });
    await expect(conflict).rejects.toMatchObject({ code: 'MESSAGE_ID_CONFLICT', id: undefined, retry: false });
    await expect(publish(edge, 'm2', { expectSeqNo: 9 })).rejects.toMatchObject({
      code: 'SEQ_CONFLICT',
      id: undefined,
    });
    await engine.close();
  });

  it('has one subscription at the engine, however many listen', async () => {
    const { engine, backbone } = await world();
    let subscriptions = 0;
    const { subscribe } = backbone;
    backbone.subscribe = (...words) => {
      subscriptions += 1;
      return subscribe.apply(backbone, words);
    };
    const edge = await engine.connect();
    const heard: string[] = [];
    await Promise.all(ids(5).map((id) => edge.subscribe('a', ({ messageId }) => heard.push(`${id} ${messageId}`))));
    await publish(edge, 'n1');
    await expect.poll(() => heard).toEqual(ids(5).map((id) => `${id} n1`));
    expect(subscriptions).toBe(1);
    await engine.close();
  });

  it('a topic that is left and asked for again at once is heard from its head on', async () => {
    const { engine } = await world();
    const edge = await engine.connect();
    const heard: string[] = [];
    for (let round = 0; round < 20; round++) {
      const { close } = await edge.subscribe('a', () => heard.push('a listener that has left'));
      close();
      const again = await edge.subscribe('a', ({ messageId }) => heard.push(messageId));
      await publish(edge, `m${round}`);
      await expect.poll(() => heard.at(-1)).toBe(`m${round}`);
      again.close();
    }
    expect(heard).toHaveLength(20);
    await engine.close();
  });

  it('goes on without a hole or a repeat when the connection was cut and made again (I3, I4, I6)', async () => {
    const { engine, backbone } = await world();
    const edge = await engine.connect();
    const heard: Entry[] = [];
    let lost = 0;
    await edge.subscribe('a', (entry) => heard.push(entry), { onLost: () => lost++ });
    for (let round = 0; round < 5; round++) {
      await publish(edge, `before${round}`);
      await engine.cut();
      await publish(backbone, `meanwhile${round}`);
      await engine.listen();
      await publish(edge, `after${round}`);
    }
    const all = await stored(edge);
    await expect.poll(() => heard).toEqual(all);
    expect(all).toHaveLength(15);
    expect(lost).toBe(0);
    await engine.close();
  });

  it('ends a feed that cannot go on, when the history is another one, and tells it once (I4)', async () => {
    const first = memory().backbone;
    const engine = await Engine.start({ backbone: first, key: KEY });
    const edge = await engine.connect();
    const heard: string[] = [];
    await edge.subscribe('a', ({ messageId }) => heard.push(messageId), { onLost: () => heard.push('lost') });
    await publish(edge, 'm1');
    await expect.poll(() => heard).toEqual(['m1']);
    await engine.cut();
    await first.close();
    await engine.listen();
    await expect.poll(() => heard).toEqual(['m1', 'lost']);
    await publish(edge, 'm2');
    const { head } = await edge.subscribe('a', ({ messageId }) => heard.push(messageId));
    expect(head).toMatchObject({ seqNo: 1, messageId: 'm2' });
    await publish(edge, 'm3');
    await expect.poll(() => heard).toEqual(['m1', 'lost', 'm3']);
    await engine.close();
  });

  it('says what is wrong while the engine is away, answers UNAVAILABLE in bounded time, and recovers', async () => {
    const { engine } = await world();
    const problems: (string | undefined)[] = [];
    const edge = await engine.connect({ callTimeoutMs: 300, onProblem: (problem) => problems.push(problem) });
    await engine.cut();
    await expect.poll(() => edge.problem).toMatch(/no connection to the engine tcp:/);
    await expect(publish(edge, 'm1')).rejects.toMatchObject({ code: 'UNAVAILABLE', retry: true });
    await expect(edge.head('a')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(edge.subscribe('a', () => {})).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await engine.listen();
    await expect.poll(() => edge.problem).toBeUndefined();
    expect((await publish(edge, 'm1')).position.messageId).toBe('m1');
    expect(problems.at(-1)).toBeUndefined();
    await engine.close();
  });

  it('sends again what was under way when the connection was cut, in order and once (I2, I3)', async () => {
    const { engine } = await world();
    const edge = await engine.connect();
    for (let round = 0; round < 5; round++) {
      const publishing = ids(50, `r${round}.`).map((id) => publish(edge, id));
      if (round % 2 === 0) await publishing[round * 5];
      await engine.cut();
      await engine.listen();
      await Promise.all(publishing);
    }
    const expected = Array.from({ length: 5 }, (_, round) => ids(50, `r${round}.`)).flat();
    expect((await stored(edge)).map(({ messageId }) => messageId)).toEqual(expected);
    await engine.close();
  });

  it('an engine that shuts down and comes back is one that was away', async () => {
    const { engine } = await world();
    const edge = await engine.connect();
    await publish(edge, 'm1');
    await engine.shutDown();
    await engine.listen();
    await publish(edge, 'm2');
    expect((await stored(edge)).map(({ messageId }) => messageId)).toEqual(['m1', 'm2']);
    await engine.close();
  });

  it('reads a history and a state that do not fit into one page', async () => {
    const { engine } = await world();
    const edge = await engine.connect();
    const text = 'x'.repeat(20_000);
    for (const id of ids(30)) await publish(edge, id, { key: id, payload: { id, text } });
    expect((await stored(edge)).map(({ payload }) => (payload as { id: string }).id)).toEqual(ids(30));
    expect((await edge.snapshot('a')).entries.map(({ key }) => key)).toEqual(ids(30));
    expect((await edge.tail('a', 7)).entries.map(({ key }) => key)).toEqual(ids(30).slice(-7));
    await engine.close();
  });

  it('reads more than one question may ask for', async () => {
    const { clock, backbone } = memory({ historyLengthMax: 5_000 });
    const engine = await Engine.start({ backbone, key: KEY });
    const edge = await engine.connect();
    await publishAll(backbone, ids(2_500));
    expect(await stored(edge)).toEqual(await stored(backbone));
    expect(await edge.read('a', { afterSeqNo: 100, limit: 1_500 })).toHaveLength(1_500);
    await clock.settle();
    await engine.close();
  });

  it('cannot be opened where nobody listens', async () => {
    const { engine } = await world();
    await engine.cut();
    await expect(engine.connect()).rejects.toMatchObject({ code: 'DIAL_FAILED' });
    await engine.close();
  });

  it('may be an edge itself: what it stores is acknowledged by the engine behind (D2)', async () => {
    const { engine } = await world();
    const middle = await engine.connect();
    const inner = await Engine.start({ backbone: middle, key: KEY });
    const outer = await inner.connect();
    const heard: Entry[] = [];
    await outer.subscribe('a', (entry) => heard.push(entry));
    for (const id of ids(10)) await publish(outer, id, { publisher: id, by: id });
    await expect.poll(() => heard).toEqual(await stored(middle));
    expect(heard.map(({ by }) => by)).toEqual(ids(10));
    await inner.close();
    await engine.close();
  });
});
