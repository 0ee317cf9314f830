import { RemoteBackbone } from '@micro-socket/backbone';
import { inprocPair } from '@micro-socket/transport';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../transport/test/support/seeded-random.ts';
import { GATEWAYS_TOPIC } from '../src/core/derived-topics.ts';
import { Presences } from '../src/core/presence.ts';
import { ACTIONS, EdgePolicy, isAllowed, StaticPolicy } from '../src/index.ts';
import type { Peer } from './support/peer.ts';
import { bob, phone } from './support/presence-members.ts';
import { ProcessClock } from './support/process-clock.ts';
import { World } from './support/world.ts';

const KEY = 'a-key-that-only-edges-have';

/** When nobody is left any more whose gateway is dead: gatewayLivenessMs, and a third for the next sign. */
const SWEPT_MS = 20_000;

/** What a gateway that has died has left in a backbone. */
async function leaveBehind(world: World, topic = 'room'): Promise<void> {
  const message = { publisher: 'dead', key: 'ann/phone', payload: { data: 1 }, sizeBytes: 10 };
  await world.memory.publish({ ...message, topic: `${topic}.~presence`, messageId: 'dead-1' });
  const counts = { publisher: 'dead', payload: { users: 1, sessions: 1 }, sizeBytes: 10 };
  await world.memory.publish({ ...counts, topic: `${topic}.~occupancy`, messageId: 'dead-2' });
}

function heard(peer: Peer): unknown[] {
  return peer.all('message').map(({ data }) => data);
}

describe('who subscribes to who is present (§4.8)', () => {
  it('is told that those have left whose gateway has died, though nobody is present here', async () => {
    const world = new World();
    await leaveBehind(world);
    const present = await world.subscriber('room.~presence', {}, { mode: 'keyed', from: 'snapshot' });
    await world.clock.advance(SWEPT_MS);
    expect(present.last('snapshot').entries).toMatchObject([{ key: 'ann/phone' }]);
    expect(present.all('message')).toMatchObject([{ key: 'ann/phone', data: null }]);
  });

  it('is told how many are left', async () => {
    const world = new World();
    await leaveBehind(world);
    const counted = await world.subscriber('room.~occupancy', {}, { mode: 'latest', from: 'snapshot' });
    await world.clock.advance(SWEPT_MS);
    expect(heard(counted)).toEqual([{ users: 0, sessions: 0 }]);
  });

  it('is who makes the gateway look: others, and those who have gone, do not', async () => {
    const world = new World();
    await leaveBehind(world);
    const peer = await world.subscriber('room');
    await world.clock.advance(SWEPT_MS);
    expect(await world.memory.head(GATEWAYS_TOPIC)).toMatchObject({ seqNo: 0 });
    for (const topic of ['room.~presence', 'room.~occupancy']) peer.subscribe(topic);
    await world.settle();
    for (const topic of ['room.~presence', 'room.~occupancy']) peer.unsubscribe(topic);
    await world.settle();
    const { seqNo } = await world.memory.head(GATEWAYS_TOPIC);
    await world.clock.advance(2 * SWEPT_MS);
    expect(await world.memory.head(GATEWAYS_TOPIC)).toMatchObject({ seqNo });
    expect((await world.memory.snapshot('room.~presence')).entries).toHaveLength(1);
  });

  it('leaves no timer behind, also when the gateway is drained', async () => {
    const world = new World();
    await world.subscriber('room.~presence');
    world.gateway.drain('x');
    await world.settle();
    expect(world.clock.timerCount).toBe(0);
    expect((await world.memory.snapshot(GATEWAYS_TOPIC)).entries).toEqual([]);
  });
});

describe('the topic of the gateways (I1)', () => {
  it('is nobody’s to use who is no gateway, whatever was granted', async () => {
    const allow = ['>', '*', GATEWAYS_TOPIC].map((pattern) => ({ pattern, actions: [...ACTIONS] }));
    const policy = new StaticPolicy({ anonymous: { allow } });
    const anyone = await policy.authenticate(undefined);
    for (const action of ACTIONS) {
      expect(isAllowed(policy, anyone, action, GATEWAYS_TOPIC)).toBe(false);
      expect(isAllowed(policy, anyone, action, `${GATEWAYS_TOPIC}.~presence`)).toBe(false);
      expect(isAllowed(policy, anyone, action, `${GATEWAYS_TOPIC}.~occupancy`)).toBe(false);
      expect(isAllowed(policy, anyone, action, 'room.~gateways')).toBe(true);
    }
  });

  it('can be neither read, nor subscribed to, nor written by a client', async () => {
    const world = new World();
    const peer = await world.ready();
    const answers = [
      peer.subscribe(GATEWAYS_TOPIC),
      peer.publish(GATEWAYS_TOPIC, 'm1'),
      peer.request({ type: 'read', topic: GATEWAYS_TOPIC, from: 'snapshot' }),
      peer.request({ type: 'presence', topic: GATEWAYS_TOPIC, action: 'enter' }),
    ];
    await world.settle();
    for (const id of answers) expect(peer.answer(id)).toMatchObject({ code: 'ACL_DENIED', topic: GATEWAYS_TOPIC });
    expect(await world.memory.head(GATEWAYS_TOPIC)).toMatchObject({ seqNo: 0 });
  });

  it('is an edge’s to use at its engine, if the policy lets the edge use anything', async () => {
    const policy = new EdgePolicy(KEY);
    const edge = await policy.authenticate(KEY);
    for (const action of ['subscribe', 'publish'] as const) {
      expect(isAllowed(policy, edge, action, GATEWAYS_TOPIC)).toBe(true);
      expect(isAllowed(new StaticPolicy({}), edge, action, GATEWAYS_TOPIC)).toBe(false);
    }
  });
});

/** Edges of one engine, all in one process, with virtual time. */
class Edges {
  readonly engine = new World({ policy: new EdgePolicy(KEY) });
  /** What ends the connection of each edge. */
  readonly #cuts = new Map<number, () => void>();
  #isEngineUp = true;

  async edge(at: number): Promise<{ presences: Presences; process: ProcessClock }> {
    const process = new ProcessClock(this.engine.clock);
    const random = seededRandom(at + 50);
    const ports = { dial: () => this.#dial(at, process), clock: process, random };
    const connecting = RemoteBackbone.connect({ ports, engine: 'the engine', token: KEY });
    await this.engine.clock.advance(1_000);
    const onInternalError = () => {};
    const { limits } = this.engine;
    const backbone = await connecting;
    return { presences: new Presences({ backbone, clock: process, random, limits, onInternalError }), process };
  }

  async enter(presences: Presences, member: typeof phone): Promise<void> {
    const entered = presences.enter(member, 'room', 1);
    await this.engine.clock.advance(100);
    await entered;
  }

  /** Nobody reaches the engine. */
  engineDown(): void {
    this.#isEngineUp = false;
    for (const cut of this.#cuts.values()) cut();
  }

  engineUp(): void {
    this.#isEngineUp = true;
  }

  kill(at: number, process: ProcessClock): void {
    process.kill();
    this.#cuts.get(at)?.();
  }

  async present(): Promise<unknown[]> {
    return (await this.engine.memory.snapshot('room.~presence')).entries.map(({ key }) => key);
  }

  #dial(at: number, process: ProcessClock) {
    if (!this.#isEngineUp) return Promise.reject(new Error('The engine is down.'));
    const { client, gateway } = inprocPair({ clock: process, encoding: 'msgpack' });
    this.#cuts.set(at, () => gateway.close(1006, ''));
    this.engine.gateway.accept(gateway);
    return Promise.resolve(client);
  }
}

describe('edges of one engine', () => {
  it('miss one of them that dies', async () => {
    const world = new Edges();
    const [first, second] = [await world.edge(0), await world.edge(1)];
    await world.enter(first.presences, phone);
    await world.enter(second.presences, bob);
    await world.engine.clock.advance(60_000);
    expect(await world.present()).toEqual(['ann/phone', 'bob/desk']);
    world.kill(0, first.process);
    await world.engine.clock.advance(SWEPT_MS + 1_000);
    expect(await world.present()).toEqual(['bob/desk']);
    expect((await world.engine.memory.snapshot('room.~occupancy')).entries.at(-1)?.payload).toMatchObject({ users: 1 });
  });

  it('do not miss each other because none of them could reach the engine', async () => {
    const world = new Edges();
    const [first, second] = [await world.edge(0), await world.edge(1)];
    await world.enter(first.presences, phone);
    await world.enter(second.presences, bob);
    await world.engine.clock.advance(12_000);
    world.engineDown();
    await world.engine.clock.advance(60_000);
    world.engineUp();
    await world.engine.clock.advance(60_000);
    expect(await world.present()).toEqual(['ann/phone', 'bob/desk']);
    expect(await world.engine.memory.head('room.~presence')).toMatchObject({ seqNo: 2 });
  });
});
