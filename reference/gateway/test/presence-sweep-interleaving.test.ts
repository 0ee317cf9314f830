import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { presenceTopicOf } from '../src/core/derived-topics.ts';
import { gatewayOf, isSweep, sweepIdOf } from '../src/core/gateway-messages.ts';
import { NOTHING_LEFT, PresenceWorld } from './support/presence-world.ts';

const DELAY_MS = 40;

/** Longer than any request, with everything that it waits for. */
const ANSWERED_MS = 40 * DELAY_MS;

/** Longer than liveness, grace and all retries together. */
const SETTLED_MS = 60_000;

/** A link is down for less than what makes a gateway suspect, and for less than the retries last. */
const OUTAGE_MS = 5_000;
const OUTAGE_EVERY_MS = 40_000;

/** The last gateway has no sessions and no trouble: it watches. The others may end in any way. */
const GATEWAYS = 4;
const WATCHER = GATEWAYS - 1;

const TOPICS = ['room', 'hall'];
const MEMBERS = [
  { user: 'ann', sessionId: 'phone' },
  { user: 'ann', sessionId: 'laptop' },
  { user: 'bob', sessionId: 'desk' },
  { user: 'cleo', sessionId: 'tv' },
];

type Step =
  | { readonly do: 'enter' | 'update' | 'leave'; readonly who: number; readonly topic: string }
  | { readonly do: 'lose'; readonly who: number }
  | { readonly do: 'connect'; readonly who: number; readonly at: number }
  | { readonly do: 'kill' | 'stop' | 'goOn' | 'outage'; readonly at: number }
  | { readonly do: 'pass'; readonly ms: number };

const who = fc.integer({ min: 0, max: MEMBERS.length - 1 });
const topic = fc.constantFrom(...TOPICS);
const at = fc.integer({ min: 0, max: WATCHER - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('enter', 'enter', 'update', 'leave'), who, topic }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), who }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('connect' as const), who, at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill' as const), at }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('stop', 'goOn', 'goOn', 'outage'), at }) },
  {
    // Often to arrive when somebody is about to be taken out.
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.oneof(fc.constantFrom(1, 10, 50, 4_950, 9_980), fc.integer({ min: 10_000, max: 20_100 })),
    }),
  },
);

/** A client that enters again wherever it connects. It is connected to a gateway that can serve it, or to none. */
class Client {
  readonly member: (typeof MEMBERS)[number];
  readonly #world: PresenceWorld;
  /** The gateway that it is connected to. */
  at: number | undefined;
  /** What it shows, by topic. */
  readonly shows = new Map<string, number>();

  constructor(world: PresenceWorld, member: (typeof MEMBERS)[number], gateway: number) {
    this.#world = world;
    this.member = member;
    this.at = gateway;
  }

  ask(action: 'enter' | 'update' | 'leave', name: string, data: number): void {
    if (this.at === undefined) return;
    if (action === 'leave') this.shows.delete(name);
    else if (action === 'enter' || this.shows.has(name)) this.shows.set(name, data);
    const { presences } = this.#world.gateway(this.at);
    const answer = action === 'leave' ? presences.leave(this.member, name) : presences[action](this.member, name, data);
    // Whether it was refused or has failed: what counts is what stands in the end.
    answer.catch(() => {});
  }

  /** Its connection is cut, and its gateway, if there still is one, notices. */
  lose(): void {
    if (this.at !== undefined) this.#world.gateway(this.at).presences.lost(this.member.sessionId);
    this.at = undefined;
  }

  connect(gateway: number): void {
    this.at = gateway;
    this.#world.gateway(gateway).presences.back(this.member.sessionId);
    this.askAgain();
  }

  askAgain(): void {
    for (const [name, data] of [...this.shows]) this.ask('enter', name, data);
  }
}

type State = 'running' | 'stopped' | 'dead';

/** What a removal that no session has asked for must be: of the newest message of its key, from a gateway that was away. */
async function expectJustSweeps(world: PresenceWorld, wereAway: ReadonlySet<string>): Promise<void> {
  for (const name of TOPICS) {
    const newest = new Map<string, string>();
    for (const { key = '', messageId } of await world.log(presenceTopicOf(name))) {
      const before = newest.get(key) ?? '';
      newest.set(key, messageId);
      if (!isSweep(messageId)) continue;
      expect(messageId, `removes what stands in ${name}`).toBe(sweepIdOf(before));
      expect(wereAway, 'was away').toContain(gatewayOf(before));
    }
  }
}

/** What each gateway calls itself, as far as it has said anything. */
function idsOf(world: PresenceWorld): string[] {
  const ids: string[] = [];
  for (const [place, { link }] of world.gateways.entries()) {
    const publish = link.publish.bind(link);
    link.publish = (request) => {
      if (!isSweep(request.messageId)) ids[place] = gatewayOf(request.messageId);
      return publish(request);
    };
  }
  return ids;
}

async function expectAgreement(world: PresenceWorld, clients: readonly Client[]): Promise<void> {
  for (const name of TOPICS) {
    const there = clients.filter(({ at, shows }) => at !== undefined && shows.has(name));
    const expected: Record<string, number | undefined> = {};
    for (const { member, shows } of there) expected[`${member.user}/${member.sessionId}`] = shows.get(name);
    expect(await world.present(name), `who is in ${name}`).toEqual(expected);
    const counts = { users: new Set(there.map(({ member }) => member.user)).size, sessions: there.length };
    const announced = (await world.occupancy(name)) ?? { users: 0, sessions: 0 };
    expect(announced, `how many are in ${name}`).toEqual(counts);
  }
}

async function play(steps: readonly Step[], seed: number): Promise<void> {
  const world = new PresenceWorld({
    gateways: GATEWAYS,
    delayMsMax: seed % 4 === 0 ? 0 : DELAY_MS,
    seed,
    limits: { historyLengthMax: 100_000 },
  });
  const { clock } = world;
  const states: State[] = world.gateways.map(() => 'running');
  const ids = idsOf(world);
  const wereAway = new Set<string>();
  const clients = MEMBERS.map((member, place) => new Client(world, member, place % WATCHER));
  for (const name of TOPICS) world.gateway(WATCHER).presences.watch(presenceTopicOf(name));
  let outageAt = Number.NEGATIVE_INFINITY;

  /** A process that ends or stops leaves its clients without a connection. */
  const away = async (gateway: number, state: State) => {
    // Frames that are still on their way when the client is elsewhere already are another story.
    await clock.advance(ANSWERED_MS);
    states[gateway] = state;
    wereAway.add(ids[gateway] ?? '');
  };
  const actions = {
    kill: async (gateway: number) => {
      if (states[gateway] === 'dead') return;
      await away(gateway, 'dead');
      world.kill(gateway);
      for (const client of clients) if (client.at === gateway) client.at = undefined;
    },
    stop: async (gateway: number) => {
      if (states[gateway] !== 'running') return;
      await away(gateway, 'stopped');
      world.stop(gateway);
    },
    goOn: async (gateway: number) => {
      if (states[gateway] !== 'stopped') return;
      states[gateway] = 'running';
      world.goOn(gateway);
    },
    outage: async (gateway: number) => {
      if (states[gateway] !== 'running' || clock.now() - outageAt < OUTAGE_EVERY_MS) return;
      outageAt = clock.now();
      world.gateway(gateway).link.goDown(OUTAGE_MS);
    },
  };

  for (const [number, one] of steps.entries()) {
    if (one.do === 'pass') {
      await clock.advance(one.ms);
    } else if ('who' in one) {
      const client = clients[one.who] as Client;
      const isServed = client.at !== undefined && states[client.at] === 'running';
      if (one.do === 'connect') {
        if (states[one.at] !== 'running' || one.at === client.at) continue;
        await clock.advance(ANSWERED_MS);
        client.lose();
        client.connect(one.at);
      } else if (one.do === 'lose') {
        await clock.advance(ANSWERED_MS);
        if (isServed) client.lose();
      } else if (isServed) {
        client.ask(one.do, one.topic, number);
      }
    } else {
      await actions[one.do](one.at);
    }
  }

  for (let gateway = 0; gateway < WATCHER; gateway++) await actions.goOn(gateway);
  await clock.advance(SETTLED_MS);
  // Liveness: a client that was refused asks again, and then everything is as it wants it.
  for (const client of clients) {
    client.askAgain();
    for (const name of TOPICS) if (!client.shows.has(name)) client.ask('leave', name, 0);
  }
  await clock.advance(SETTLED_MS);
  await expectAgreement(world, clients);
  await expectJustSweeps(world, wereAway);

  for (const client of clients) {
    if (client.at !== undefined) world.gateway(client.at).presences.end(client.member.sessionId);
    client.at = undefined;
  }
  await clock.advance(SETTLED_MS);
  await expectAgreement(world, clients);
  for (const name of TOPICS) world.gateway(WATCHER).presences.unwatch(presenceTopicOf(name));
  await clock.advance(SETTLED_MS);
  const { timers, subscriptions } = world.leftovers();
  expect({ timers, subscriptions }).toEqual({ timers: NOTHING_LEFT.timers, subscriptions: NOTHING_LEFT.subscriptions });
}

describe('any interleaving in which gateways die, stop and go on, and sessions move between them (§4.8)', () => {
  it('ends with those present who are connected somewhere, and nobody is taken out whose gateway has the word', async () => {
    const seed = fc.integer({ min: 1, max: 100_000 });
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), seed, play), { numRuns: runs(150) });
  });
});
