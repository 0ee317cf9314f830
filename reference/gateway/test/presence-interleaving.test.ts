import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { NOTHING_LEFT, PresenceWorld } from './support/presence-world.ts';

const GRACE_MS = 1_000;
const DELAY_MS = 40;

/** Longer than any request, with everything that it waits for. */
const ANSWERED_MS = 40 * DELAY_MS;

/** Longer than grace and all retries together. */
const SETTLED_MS = 40_000;

const OUTAGE_MS = 3_000;

/** An outage that is shorter than the last pauses between retries, and rare enough, is survived by each of them. */
const OUTAGE_EVERY_MS = 30_000;

const TOPICS = ['room', 'hall'];
const MEMBERS = [
  { user: 'ann', sessionId: 'phone' },
  { user: 'ann', sessionId: 'laptop' },
  { user: 'b/ob', sessionId: 'desk' },
  { user: 'b', sessionId: 'tv' },
];

type Step =
  | { readonly do: 'enter' | 'update' | 'leave'; readonly who: number; readonly topic: string }
  | { readonly do: 'endTopic'; readonly who: number; readonly topic: string }
  | { readonly do: 'lose'; readonly who: number }
  | { readonly do: 'end'; readonly who: number }
  | { readonly do: 'connect'; readonly who: number; readonly at: number }
  | { readonly do: 'move'; readonly who: number; readonly at: number; readonly ms: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'outage'; readonly at: number };

const who = fc.integer({ min: 0, max: MEMBERS.length - 1 });
const topic = fc.constantFrom(...TOPICS);
const at = fc.integer({ min: 0, max: 1 });
const quietSteps: fc.WeightedArbitrary<Step>[] = [
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('enter', 'enter', 'update', 'leave'), who, topic }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('endTopic' as const), who, topic }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('lose' as const), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), who }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('connect' as const), who, at }) },
  {
    // Often to arrive when grace is about to end.
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('move' as const),
      who,
      at,
      ms: fc.constantFrom(0, 300, GRACE_MS - 30, GRACE_MS - 20, GRACE_MS - 10),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 10, 50, 300, GRACE_MS - 20) }),
  },
];
const outage: fc.WeightedArbitrary<Step> = {
  weight: 2,
  arbitrary: fc.record({ do: fc.constant('outage' as const), at }),
};

/** A client: where it is connected, and where it believes to be present. */
class Client {
  readonly member: (typeof MEMBERS)[number];
  readonly #world: PresenceWorld;
  /** The gateway that it is connected to, or was last. */
  #at = 0;
  #isConnected = true;
  #lostAt = 0;
  /** What it shows, by topic. */
  shows = new Map<string, number>();

  constructor(world: PresenceWorld, member: (typeof MEMBERS)[number]) {
    this.#world = world;
    this.member = member;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  ask(action: 'enter' | 'update' | 'leave', topicName: string, data: number): Promise<boolean> {
    const isPresent = this.shows.has(topicName);
    if (action === 'leave') this.shows.delete(topicName);
    else if (action === 'enter' || isPresent) this.shows.set(topicName, data);
    return this.#send(action, topicName, data).then(
      () => action === 'enter' || isPresent,
      // Refused as expected, or failed.
      ({ code }) => code === 'NOT_PRESENT' && action !== 'enter' && !isPresent,
    );
  }

  lose(): void {
    if (!this.#isConnected) return;
    this.#isConnected = false;
    this.#lostAt = this.#world.clock.now();
    this.#presences.lost(this.member.sessionId);
  }

  /** Comes back, to this gateway or another one. */
  connect(gateway: number): Promise<boolean>[] {
    if (this.#isConnected) return [];
    const isWaitedFor = this.#world.clock.now() - this.#lostAt < GRACE_MS;
    const isHere = gateway === this.#at;
    this.#at = gateway;
    this.#isConnected = true;
    this.#presences.back(this.member.sessionId);
    if (!isWaitedFor) this.shows.clear();
    // A gateway that waited for it knows everything. Any other one it has to tell.
    return isHere ? [] : [...this.shows].map(([name, data]) => this.ask('enter', name, data));
  }

  /** Its client closes the connection, so nobody waits for it. */
  end(): void {
    if (!this.#isConnected) return;
    this.shows.clear();
    this.#isConnected = false;
    this.#lostAt = Number.NEGATIVE_INFINITY;
    this.#presences.end(this.member.sessionId);
  }

  endTopic(topicName: string): void {
    if (!this.#isConnected) return;
    this.shows.delete(topicName);
    this.#presences.endTopic(this.member.sessionId, topicName);
  }

  get #presences() {
    return this.#world.gateway(this.#at).presences;
  }

  #send(action: 'enter' | 'update' | 'leave', topicName: string, data: number) {
    if (action === 'leave') return this.#presences.leave(this.member, topicName);
    return this.#presences[action](this.member, topicName, data);
  }
}

/** What must be there when nothing happens any more. */
async function expectAgreement(world: PresenceWorld, clients: readonly Client[]): Promise<void> {
  for (const name of TOPICS) {
    const expected: Record<string, number> = {};
    const users = new Set<string>();
    for (const { member, shows } of clients) {
      const data = shows.get(name);
      if (data === undefined) continue;
      expected[`${member.user}/${member.sessionId}`] = data;
      users.add(member.user);
    }
    expect(await world.present(name), `who is in ${name}`).toEqual(expected);
    const counts = { users: users.size, sessions: Object.keys(expected).length };
    const announced = (await world.occupancy(name)) ?? { users: 0, sessions: 0 };
    expect(announced, `how many are in ${name}`).toEqual(counts);
    const announcements = await world.announcements(name);
    for (const [place, one] of announcements.entries()) {
      expect(one, 'equal counts are not announced again').not.toBe(announcements[place - 1] ?? '0/0');
    }
  }
}

async function play(steps: readonly Step[], seed: number): Promise<void> {
  const world = new PresenceWorld({
    gateways: 2,
    delayMsMax: seed % 4 === 0 ? 0 : DELAY_MS,
    seed,
    limits: { presenceGraceMs: GRACE_MS, historyLengthMax: 10_000 },
  });
  const { clock } = world;
  const clients = MEMBERS.map((member) => new Client(world, member));
  const answers: Promise<boolean>[] = [];
  let hasFailed = false;
  let outageAt = Number.NEGATIVE_INFINITY;

  for (const [number, step] of steps.entries()) {
    if (step.do === 'pass') {
      await clock.advance(step.ms);
    } else if (step.do === 'outage') {
      if (clock.now() - outageAt < OUTAGE_EVERY_MS) continue;
      outageAt = clock.now();
      hasFailed = true;
      world.gateway(step.at).link.goDown(OUTAGE_MS);
    } else {
      const client = clients[step.who] as Client;
      if (step.do === 'connect') {
        answers.push(...client.connect(step.at));
      } else if (step.do === 'end') {
        client.end();
      } else if (step.do === 'endTopic') {
        client.endTopic(step.topic);
      } else if (step.do === 'lose' || step.do === 'move') {
        // Frames that are still on their way when the client is elsewhere already are another story.
        await clock.advance(ANSWERED_MS);
        client.lose();
        if (step.do === 'lose') continue;
        await clock.advance(step.ms);
        answers.push(...client.connect(step.at));
      } else if (client.isConnected) {
        answers.push(client.ask(step.do, step.topic, number));
      }
    }
  }

  await clock.advance(SETTLED_MS);
  if (hasFailed) {
    // Liveness: a client that was refused asks again, and then everything is as it wants it.
    for (const { link } of world.gateways) link.heal();
    for (const client of clients) {
      if (!client.isConnected) continue;
      for (const name of TOPICS) {
        const data = client.shows.get(name);
        answers.push(data === undefined ? client.ask('leave', name, 0) : client.ask('enter', name, data));
      }
    }
    await clock.advance(SETTLED_MS);
  } else {
    expect(await Promise.all(answers), 'every request is answered as its order wants').not.toContain(false);
    expect(world.internalErrors).toEqual([]);
  }
  await Promise.all(answers);
  for (const client of clients) if (!client.isConnected) client.shows.clear();
  await expectAgreement(world, clients);

  for (const client of clients) client.end();
  await clock.advance(SETTLED_MS);
  await expectAgreement(world, clients);
  expect(world.leftovers()).toEqual(NOTHING_LEFT);
}

const seed = fc.integer({ min: 1, max: 100_000 });

describe('any interleaving of enter, update, leave, loss, return, end and time, at two gateways (§4.8)', () => {
  it('ends with a presence topic and counts that say what the clients believe, and leaves nothing behind', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.oneof(...quietSteps), { maxLength: 40 }), seed, play), {
      numRuns: runs(150),
    });
  });

  it('does so too when the links to the backbone fail in between, once they work again', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.oneof(...quietSteps, outage), { maxLength: 40 }), seed, play), {
      numRuns: runs(150),
    });
  });
});
