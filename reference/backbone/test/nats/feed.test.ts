import type { NatsConnection } from '@nats-io/transport-node';
import { NoRespondersError, RequestError } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../transport/test/support/manual-clock.ts';
import { chainBreaks } from '../../suite/chain.ts';
import { ids, publish, publishAll, stateIds, stored } from '../../suite/harness.ts';
import { NATS_MISSING, NatsServer } from './support/nats-server.ts';
import { connectBackbone, connectPlainly, eventually, Listening, startProxy, startServer } from './support/setting.ts';

const skipped = NATS_MISSING === undefined ? '' : ` — skipped: ${NATS_MISSING}`;

describe.skipIf(NATS_MISSING !== undefined)(`open topics${skipped}`, () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(() => server.dispose());
  let streams = 0;

  /** A backbone whose copies of topic `a` can be lost, and another one beside it. */
  async function connectBoth(options: Parameters<typeof connectBackbone>[1] = {}) {
    const stream = `F${streams++}`;
    const proxy = await startProxy(server);
    const { limits = {}, ...more } = options;
    const here = await connectBackbone(proxy, { ...more, limits, stream });
    const there = await connectBackbone(server, { limits, stream });
    return { proxy, here, there, stream, copies: `ms.d.${stream}.a` };
  }

  it('a copy that is lost on a whole connection is noticed with the next one, and comes before it', async () => {
    const { proxy, here, there, copies } = await connectBoth();
    const listening = await Listening.join(here);
    for (const missing of [1, 3, 40]) {
      proxy.lose(copies);
      await publishAll(there, ids(missing, `lost${missing}.`));
      await eventually(() => proxy.lostCount === missing);
      proxy.loseNoMore();
      await publish(there, `next${missing}`);
      await listening.heard(`next${missing}`);
      expect(listening.ids.slice(-missing - 1)).toEqual([...ids(missing, `lost${missing}.`), `next${missing}`]);
    }
    expect(chainBreaks(listening.entries, 0)).toEqual([]);
    expect(listening.entries).toEqual(await stored(there));
  });

  it('the last copy that was lost on a whole connection is found when the topic has been quiet for a while', async () => {
    const clock = new ManualClock();
    const { proxy, here, there, copies } = await connectBoth({ clock });
    const listening = await Listening.join(here);
    proxy.lose(copies);
    await publish(there, 'm1');
    await eventually(() => proxy.lostCount === 1);
    const startedAt = clock.now();
    await passUntil(clock, () => listening.ids.length > 0);
    expect(listening.ids).toEqual(['m1']);
    expect(clock.now() - startedAt).toBeGreaterThanOrEqual(30_000);
    expect(clock.now() - startedAt).toBeLessThan(90_000);
  });

  it('who asks for the state, publishes with a key or subscribes is not told of the past when a copy is lost', async () => {
    const { proxy, here, there, copies } = await connectBoth();
    const listening = await Listening.join(here);
    expect(await stateIds(here)).toEqual([]);
    proxy.lose(copies);
    await publish(there, 'm1', { key: 'x' });
    expect(await stateIds(here)).toEqual(['m1']);
    await publish(here, 'm2', { key: 'y' });
    expect(listening.ids).toEqual(['m1', 'm2']);
    await publish(there, 'm3');
    const next = await Listening.join(here);
    expect(next.head.messageId).toBe('m3');
    expect(listening.ids).toEqual(['m1', 'm2', 'm3']);
  });

  it('more copies than can wait while it is asked what is missing are read again, and none is missing', async () => {
    const { proxy, here, there, copies } = await connectBoth({ limits: { historyLengthMax: 10_000 } });
    const listening = await Listening.join(here);
    proxy.lose(copies);
    await publish(there, 'lost');
    await eventually(() => proxy.lostCount === 1);
    proxy.loseNoMore();
    // Nothing that it asks comes through, and all copies do.
    proxy.stall('near');
    const publishers = ids(20, 'publisher');
    await Promise.all(publishers.map((publisher) => publishAll(there, ids(100, `${publisher}.`), { publisher })));
    proxy.resume();
    await publish(there, 'last');
    await listening.heard('last');
    expect(listening.lostCount).toBe(0);
    expect(listening.entries).toEqual(await stored(there));
    expect(listening.entries).toHaveLength(2_002);
  });

  it('nobody listens at the server when nobody listens here; after a message with a key it is so a little later', async () => {
    const clock = new ManualClock();
    const { here, stream } = await connectBoth({ clock });
    const { connection } = await connectPlainly(server);
    const isHeard = (topic: string) => hasListeners(connection, `ms.d.${stream}.${topic}`);
    const listening = await Listening.join(here);
    expect(await isHeard('a')).toBe(true);
    listening.close();
    await eventually(async () => !(await isHeard('a')));
    await publish(here, 'm1');
    expect(await isHeard('a')).toBe(false);

    await publish(here, 'm2', { key: 'x' });
    await publish(here, 'm1', { topic: 'b', key: 'x' });
    expect(await isHeard('a')).toBe(true);
    const b = await Listening.join(here, 'b');
    await clock.advance(25_000);
    expect(await isHeard('a')).toBe(true);
    await clock.advance(15_000);
    await eventually(async () => !(await isHeard('a')));
    expect(await isHeard('b')).toBe(true);
    b.close();
    await clock.advance(40_000);
    await eventually(async () => !(await isHeard('b')));
    expect(await stateIds(here)).toEqual(['m1', 'm2']);
  });

  it('no more topics are open than topicsMax; one that nobody listens to gives way (§8)', async () => {
    const { here } = await connectBoth({ limits: { topicsMax: 2 } });
    const a = await Listening.join(here, 'a');
    await publish(here, 'm1', { topic: 'b', key: 'x' });
    const c = await Listening.join(here, 'c');
    const overloaded = { code: 'OVERLOADED', message: expect.stringContaining('topicsMax') };
    await expect(Listening.join(here, 'd')).rejects.toMatchObject(overloaded);
    await expect(publish(here, 'm1', { topic: 'd', key: 'x' })).rejects.toMatchObject(overloaded);
    expect((await publish(here, 'm1', { topic: 'd' })).status).toBe('ok');
    expect(await stateIds(here, 'b')).toEqual(['m1']);
    a.close();
    await Listening.join(here, 'd');
    c.close();
    expect((await publish(here, 'm2', { topic: 'b', key: 'x' })).status).toBe('ok');
  });

  it.each([
    ['more than historyBytesMax together are given up in memory, and read again when they are asked for', 5_000, true],
    ['less are kept, and not read again', 500_000, false],
  ])('states that take %s (§8)', async (_, historyBytesMax, isReadAgain) => {
    const { here } = await connectBoth({ limits: { historyBytesMax } });
    const { jsm } = await connectPlainly(server);
    const requestCount = async () => (await jsm.getAccountInfo()).api.total;
    const payload = 'x'.repeat(500);
    const topics = ids(5, 't');
    for (const topic of topics) {
      await Listening.join(here, topic);
      await publish(here, 'm1', { topic, key: 'x', payload });
      await publish(here, 'm2', { topic, key: 'y', payload });
      expect(await stateIds(here, topic)).toEqual(['m1', 'm2']);
    }
    const before = await requestCount();
    for (const topic of topics) expect(await stateIds(here, topic)).toEqual(['m1', 'm2']);
    // One is the question itself. To read a state takes some that are counted, to ask for a head takes none.
    expect((await requestCount()) - before > 1).toBe(isReadAgain);
  });

  it('what removed keys and passed ttls have left behind is cleared away when nobody can be late any more', async () => {
    const clock = new ManualClock();
    const { here, stream } = await connectBoth({ clock, limits: { historyLengthMax: 4 } });
    const { jsm } = await connectPlainly(server);
    const copyCount = async () => (await jsm.streams.info(`${stream}_STATE`)).state.messages - 1;
    await Listening.join(here);
    for (const id of ids(5)) await publish(here, id, { key: id });
    for (const id of ids(5, 'ttl')) await publish(here, id, { key: id, ttlMs: 1_000 });
    for (const id of ids(4)) await publish(here, `no${id}`, { key: id, payload: null });
    await publishAll(here, ids(5, 'n'), { key: 'n' });
    // One of each key: removed ones have a copy as well.
    expect(await copyCount()).toBe(5 + 5 + 1);
    expect(await stateIds(here)).toEqual(['m5', ...ids(5, 'ttl'), 'n5']);
    const writtenAt = clock.now();
    await passUntil(clock, async () => (await copyCount()) <= 2);
    expect(clock.now() - writtenAt).toBeGreaterThanOrEqual(300_000);
    expect(await copyCount()).toBe(2);
    expect(await stateIds(here)).toEqual(['m5', 'n5']);
    // What is stored afterwards is copied as ever.
    await publish(here, 'again', { key: 'm1' });
    expect(await copyCount()).toBe(3);
  });

  it('a server that does not permit to listen is told as a problem, and nobody is left without a word', async () => {
    const user = '{ user: u, password: p, permissions: { publish: ">", subscribe: { deny: "ms.d.>" } } }';
    const strict = await startServer({ config: `authorization { users: [${user}] }` });
    const problems: (string | undefined)[] = [];
    const backbone = await connectBackbone(strict, {
      credentials: { user: 'u', password: 'p' },
      onProblem: (problem) => problems.push(problem),
    });
    await expect(Listening.join(backbone)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(backbone.problem).toMatch(/does not permit this gateway to use ms\.d\.MS\./);
    expect(problems.at(-1)).toBe(backbone.problem);
    expect((await publish(backbone, 'm1')).status).toBe('ok');
  });
});

/** Lets time pass until something is so: a second of the clock for every few real milliseconds. */
async function passUntil(clock: ManualClock, condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) {
    await clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function hasListeners(connection: NatsConnection, subject: string): Promise<boolean> {
  try {
    await connection.request(subject, '', { timeout: 300 });
    return true;
  } catch (error) {
    if (error instanceof NoRespondersError) return false;
    return !(error instanceof RequestError && error.isNoResponders());
  }
}
