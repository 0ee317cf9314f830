import type { PublishRequest } from '@micro-socket/backbone';
import { ProtocolError } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { presenceTopicOf } from '../src/core/derived-topics.ts';
import { gatewayOf, isSweep } from '../src/core/gateway-messages.ts';
import { LinkError } from './support/distant-backbone.ts';
import { bob, laptop, outcome, phone, RETRIES_MS } from './support/presence-members.ts';
import { NOTHING_LEFT, PresenceWorld, type PresenceWorldOptions } from './support/presence-world.ts';

const LIVENESS_MS = 15_000;
const SIGN_EVERY_MS = LIVENESS_MS / 3;

/** When nobody is left any more whose gateway is dead: it was silent for gatewayLivenessMs, and the next sign is heard. */
const SWEPT_MS = LIVENESS_MS + SIGN_EVERY_MS;

const MINUTE_MS = 60_000;

/** Ann's two sessions are at the first gateway and Bob's is at the second, all of them in the room. */
async function roomWith(options: PresenceWorldOptions = {}): Promise<PresenceWorld> {
  const world = new PresenceWorld({ gateways: 3, ...options });
  const entered = [
    world.gateway(0).presences.enter(phone, 'room', 1),
    world.gateway(0).presences.enter(laptop, 'room', 2),
    world.gateway(1).presences.enter(bob, 'room', 3),
  ];
  await world.clock.advance(1_000);
  await Promise.all(entered);
  return world;
}

/** How many removals were stored that no session and no gateway of its own has asked for. */
async function sweeps(world: PresenceWorld, topic = 'room'): Promise<number> {
  return (await world.log(presenceTopicOf(topic))).filter(({ messageId }) => isSweep(messageId)).length;
}

/** Does something when a gateway is about to take somebody out for the first time, before that is stored. */
function beforeFirstSweep(world: PresenceWorld, at: number, action: (request: PublishRequest) => Promise<void>): void {
  const { link } = world.gateway(at);
  const publish = link.publish.bind(link);
  let isFirst = true;
  link.publish = async (request) => {
    if (isFirst && isSweep(request.messageId)) {
      isFirst = false;
      await action(request);
    }
    return publish(request);
  };
}

/** What `announcements` says, without the first ones. */
async function announcedSince(world: PresenceWorld, before: readonly string[]): Promise<string[]> {
  return (await world.announcements()).slice(before.length);
}

describe('a gateway that dies (§4.8)', () => {
  it('is missed by the others within four thirds of gatewayLivenessMs: its sessions leave, and the counts are right', async () => {
    const world = await roomWith();
    const before = await world.announcements();
    world.kill(0);
    await world.clock.advance(SWEPT_MS);
    expect(await world.present()).toEqual({ 'bob/desk': 3 });
    expect((await world.changes()).slice(3).sort()).toEqual(['ann/laptop left', 'ann/phone left']);
    expect((await announcedSince(world, before)).at(-1)).toBe('1/1');
    expect(world.internalErrors).toEqual([]);
  });

  it('is not missed too early, at whatever moment it dies', async () => {
    for (let afterMs = 0; afterMs <= SIGN_EVERY_MS; afterMs += 250) {
      const world = await roomWith();
      await world.clock.advance(10_000 + afterMs);
      world.kill(0);
      await world.clock.advance(LIVENESS_MS - SIGN_EVERY_MS - 1);
      expect(Object.keys(await world.present())).toHaveLength(3);
      await world.clock.advance(SWEPT_MS - (LIVENESS_MS - SIGN_EVERY_MS - 1));
      expect(await world.present()).toEqual({ 'bob/desk': 3 });
    }
  });

  it('is missed right after it has entered somebody and before it has given a sign', async () => {
    const world = new PresenceWorld({ gateways: 2 });
    await world.gateway(1).presences.enter(bob, 'room', 3);
    await world.clock.advance(MINUTE_MS);
    world.gateway(0).link.fail('publish', new LinkError(), { times: 9, of: ({ ttlMs }) => ttlMs !== undefined });
    await world.gateway(0).presences.enter(phone, 'room', 1);
    await world.clock.settle();
    world.kill(0);
    await world.clock.advance(LIVENESS_MS);
    expect(Object.keys(await world.present())).toHaveLength(2);
    await world.clock.advance(SIGN_EVERY_MS);
    expect(await world.present()).toEqual({ 'bob/desk': 3 });
  });

  it('is missed in every topic, however many sessions it had', async () => {
    const world = new PresenceWorld({ gateways: 2, delayMsMax: 3, limits: { historyLengthMax: 10_000 } });
    const topics = Array.from({ length: 20 }, (_, at) => `room-${at}`);
    const members = Array.from({ length: 15 }, (_, at) => ({ user: `u${at}`, sessionId: `s${at}` }));
    const entered = topics.flatMap((topic) => [
      ...members.map((member) => world.gateway(0).presences.enter(member, topic, 1)),
      world.gateway(1).presences.enter(bob, topic, 1),
    ]);
    await world.clock.advance(5_000);
    await Promise.all(entered);
    world.kill(0);
    await world.clock.advance(SWEPT_MS + 2_000);
    for (const topic of topics) {
      expect(await world.present(topic)).toEqual({ 'bob/desk': 1 });
      expect(await world.occupancy(topic)).toEqual({ users: 1, sessions: 1 });
    }
    expect(world.internalErrors).toEqual([]);
  });

  it('costs no more signs for more sessions and topics', async () => {
    const world = new PresenceWorld({ gateways: 2 });
    for (let at = 0; at < 40; at++) {
      await world.gateway(at % 2).presences.enter({ user: 'ann', sessionId: `s${at}` }, `room-${at % 10}`, 1);
    }
    await world.clock.advance(MINUTE_MS - 1);
    expect(await world.signs()).toEqual({ stored: 2 * (MINUTE_MS / SIGN_EVERY_MS), standing: 2 });
    expect(await world.changes('room-0')).toHaveLength(4);
  });
});

describe('who is still there', () => {
  it('stays for as long as its gateway lives, also when the gateway has nothing else to say', async () => {
    const world = await roomWith({ delayMsMax: 100 });
    await world.clock.advance(10 * MINUTE_MS);
    expect(await sweeps(world)).toBe(0);
    expect(await world.announcements()).toHaveLength(new Set(await world.announcements()).size);
  });

  it('stays when it is back through another gateway before its own is missed, at whatever moment', async () => {
    for (let afterMs = 0; afterMs < SWEPT_MS; afterMs += 500) {
      const world = await roomWith();
      world.kill(0);
      await world.clock.advance(afterMs);
      const isThere = 'ann/phone' in (await world.present());
      await world.gateway(2).presences.enter(phone, 'room', 'back');
      await world.clock.advance(MINUTE_MS);
      expect(await world.present()).toEqual({ 'ann/phone': 'back', 'bob/desk': 3 });
      expect((await world.changes()).includes('ann/phone left')).toBe(!isThere);
    }
  });

  it('stays when it comes back while it is being taken out: expectSeqNo says that something was stored (§4.4)', async () => {
    const world = await roomWith();
    beforeFirstSweep(world, 1, async () => {
      await world.gateway(2).presences.enter(phone, 'room', 'back');
    });
    world.kill(0);
    await world.clock.advance(SWEPT_MS);
    expect(await world.present()).toEqual({ 'ann/phone': 'back', 'bob/desk': 3 });
    expect(await world.changes()).not.toContain('ann/phone left');
    expect(await world.occupancy()).toEqual({ users: 2, sessions: 2 });
  });

  it('stays when it has come back before another gateway took out somebody else', async () => {
    const world = await roomWith();
    beforeFirstSweep(world, 1, async ({ key, messageId }) => {
      expect(key).toBe('ann/phone');
      await world.gateway(2).presences.enter(laptop, 'room', 'back');
      // As another gateway does that has heard of it. So what is stored here next is a duplicate, and says nothing else.
      const removal = { publisher: ' ann/phone', messageId, key, payload: null, sizeBytes: 10 };
      await world.backbone.publish({ ...removal, topic: 'room.~presence' });
    });
    world.kill(0);
    await world.clock.advance(SWEPT_MS);
    expect(await world.present()).toEqual({ 'ann/laptop': 'back', 'bob/desk': 3 });
    expect(await world.changes()).not.toContain('ann/laptop left');
  });

  it('stays when its gateway is heard of while others of that gateway are taken out', async () => {
    const world = await roomWith();
    const id = gatewayOf((await world.log('room.~presence'))[0]?.messageId ?? '');
    beforeFirstSweep(world, 1, async () => {
      const sign = { topic: '~gateways', key: id, payload: true, sizeBytes: 10 };
      await world.backbone.publish({ ...sign, publisher: 'late', messageId: 'late' });
    });
    world.kill(0);
    await world.clock.advance(SWEPT_MS);
    expect(await world.present()).toEqual({ 'ann/laptop': 2, 'bob/desk': 3 });
  });

  it('stays when its gateway was silent while it had nobody to answer for, and gives its first sign late', async () => {
    const world = new PresenceWorld({ gateways: 2 });
    const { presences, link } = world.gateway(0);
    world.gateway(1).presences.watch('hall.~presence');
    await world.clock.advance(MINUTE_MS);
    link.fail('publish', new LinkError(), { times: 5, of: ({ ttlMs }) => ttlMs !== undefined });
    await presences.enter(phone, 'room', 1);
    world.gateway(1).presences.watch('room.~presence');
    await world.clock.advance(MINUTE_MS);
    expect(await world.changes()).toEqual(['ann/phone: 1']);
  });

  it('is told from who is not, however busy the topic is', async () => {
    const world = await roomWith({ delayMsMax: 5, limits: { historyLengthMax: 10_000 } });
    world.kill(0);
    for (let at = 0; at < 600; at++) {
      void world.gateway(2).presences.enter({ user: 'cleo', sessionId: `s${at % 7}` }, 'room', at);
      await world.clock.advance(50);
    }
    expect(Object.keys(await world.present()).sort()).toEqual(
      ['bob/desk', ...Array.from({ length: 7 }, (_, at) => `cleo/s${at}`)].sort(),
    );
    expect(world.internalErrors).toEqual([]);
  });

  it('is left alone when others are always faster, and whoever should go goes when it is quieter', async () => {
    const world = await roomWith();
    const { link } = world.gateway(1);
    const publish = link.publish.bind(link);
    let isBusy = true;
    let attempts = 0;
    link.publish = async (request) => {
      if (isSweep(request.messageId)) attempts += 1;
      if (isSweep(request.messageId) && isBusy) {
        await world.gateway(2).presences.enter({ user: 'cleo', sessionId: 'tv' }, 'room', attempts);
      }
      return publish(request);
    };
    // The third gateway would sweep as well.
    world.gateway(2).link.fail('publish', new LinkError(), { times: 9, of: ({ messageId }) => isSweep(messageId) });
    world.kill(0);
    await world.clock.advance(SWEPT_MS);
    expect(attempts).toBe(8);
    expect(Object.keys(await world.present())).toHaveLength(4);
    isBusy = false;
    await world.clock.advance(2 * SIGN_EVERY_MS);
    expect(Object.keys(await world.present()).sort()).toEqual(['bob/desk', 'cleo/tv']);
  });
});

describe('a sweep', () => {
  it('looks again as soon as it has heard of what was stored before it', async () => {
    const world = await roomWith();
    const { link } = world.gateway(1);
    beforeFirstSweep(world, 1, async () => {
      // What is stored now is heard a second later.
      link.goDown(1_000);
      await world.gateway(2).presences.enter({ user: 'cleo', sessionId: 'tv' }, 'room', 4);
      link.heal();
    });
    world.kill(0);
    await world.clock.advance(SWEPT_MS - 1_000);
    expect(Object.keys(await world.present())).toHaveLength(4);
    await world.clock.advance(1_000);
    expect(Object.keys(await world.present()).sort()).toEqual(['bob/desk', 'cleo/tv']);
  });

  it('is finished although nobody is interested any more, and then nothing is left', async () => {
    const world = new PresenceWorld({ gateways: 2 });
    for (const member of [phone, laptop]) await world.gateway(0).presences.enter(member, 'room', 1);
    const { presences } = world.gateway(1);
    presences.watch('room.~presence');
    await world.clock.advance(1_000);
    world.kill(0);
    beforeFirstSweep(world, 1, async () => presences.unwatch('room.~presence'));
    await world.clock.advance(MINUTE_MS);
    expect(await world.present()).toEqual({});
    expect(await world.occupancy()).toEqual({ users: 0, sessions: 0 });
    expect(world.internalErrors).toEqual([]);
    expect(world.leftovers()).toMatchObject({ subscriptions: 0, timers: 0 });
    expect(presences.topicCount).toBe(0);
  });
});

describe('several gateways that sweep', () => {
  it('take each session out once, and the counts are announced once', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const world = await roomWith({ delayMsMax: seed % 4 === 0 ? 0 : 30, seed });
      world.gateway(2).presences.watch('room.~presence');
      await world.clock.advance(1_000);
      world.kill(0);
      await world.clock.advance(2 * SWEPT_MS);
      expect((await world.changes()).slice(3).sort()).toEqual(['ann/laptop left', 'ann/phone left']);
      const announcements = await world.announcements();
      expect(announcements.at(-1)).toBe('1/1');
      for (const [at, counts] of announcements.entries()) expect(counts).not.toBe(announcements[at - 1]);
    }
  });

  it('say the same, so the second is answered as a duplicate', async () => {
    const world = await roomWith();
    world.gateway(2).presences.watch('room.~presence');
    await world.clock.settle();
    const answers: string[] = [];
    let go = () => {};
    const bothAsk = new Promise<void>((resolve) => {
      go = resolve;
    });
    let asking = 0;
    for (const at of [1, 2]) {
      const { link } = world.gateway(at);
      const publish = link.publish.bind(link);
      link.publish = async (request) => {
        if (!isSweep(request.messageId)) return publish(request);
        asking += 1;
        if (asking === 2) go();
        await bothAsk;
        const answer = publish(request);
        answers.push(await outcome(answer));
        return answer;
      };
    }
    world.kill(0);
    await world.clock.advance(2 * SWEPT_MS);
    expect(answers.filter((answer) => answer === 'ok')).toHaveLength(2);
    expect(new Set(answers)).toEqual(new Set(['ok', 'duplicate']));
  });

  it('finish what one of them had begun that died meanwhile, and announce what it had not', async () => {
    for (const killAfter of [1, 2, 3]) {
      const world = await roomWith();
      world.gateway(2).presences.watch('room.~occupancy');
      const { link } = world.gateway(1);
      const publish = link.publish.bind(link);
      let published = 0;
      link.publish = async (request) => {
        const result = await publish(request);
        if (request.topic !== '~gateways') published += 1;
        if (published === killAfter) world.kill(1);
        return result;
      };
      await world.clock.advance(2_500);
      world.kill(0);
      await world.clock.advance(2 * SWEPT_MS + LIVENESS_MS);
      expect(published).toBe(killAfter);
      expect(await world.present()).toEqual({});
      expect(await world.occupancy()).toEqual({ users: 0, sessions: 0 });
    }
  });
});

describe('a gateway at which nobody is present', () => {
  it.each(['room.~presence', 'room.~occupancy'])('sweeps for those who subscribe to %s', async (topic) => {
    const world = new PresenceWorld({ gateways: 2 });
    await world.gateway(0).presences.enter(phone, 'room', 1);
    world.gateway(1).presences.watch(topic);
    await world.clock.settle();
    world.kill(0);
    await world.clock.advance(SWEPT_MS);
    expect(await world.present()).toEqual({});
    expect(await world.announcements()).toEqual(['1/1', '0/0']);
    world.gateway(1).presences.unwatch(topic);
    await world.clock.settle();
    expect(world.gateway(1).presences.topicCount).toBe(0);
    expect(world.leftovers()).toMatchObject({ subscriptions: 0, timers: 0 });
  });

  it('sweeps what it finds when somebody begins to watch, though it has never heard of the dead gateway', async () => {
    const world = new PresenceWorld({ gateways: 2 });
    await world.gateway(0).presences.enter(phone, 'room', 1);
    await world.clock.settle();
    world.kill(0);
    await world.clock.advance(60 * MINUTE_MS);
    expect(await world.present()).toEqual({ 'ann/phone': 1 });
    world.gateway(1).presences.watch('room.~presence');
    await world.clock.advance(LIVENESS_MS);
    expect(await world.present()).toEqual({ 'ann/phone': 1 });
    await world.clock.advance(SIGN_EVERY_MS);
    expect(await world.present()).toEqual({});
  });

  it('puts counts right that its dead fellow has not announced, when somebody begins to watch', async () => {
    const world = new PresenceWorld({ gateways: 2 });
    const { presences, link } = world.gateway(0);
    await presences.enter(phone, 'room', 1);
    await world.clock.settle();
    link.fail('publish', new LinkError(), { times: 9, of: ({ topic }) => topic === 'room.~occupancy' });
    await presences.leave(phone, 'room');
    world.kill(0);
    expect(await world.announcements()).toEqual(['1/1']);
    world.gateway(1).presences.watch('room.~occupancy');
    await world.clock.settle();
    expect(await world.announcements()).toEqual(['1/1', '0/0']);
  });

  it('follows a topic for as long as one of several watches', async () => {
    const world = new PresenceWorld();
    const { presences, clock } = world;
    for (const topic of ['room.~presence', 'room.~presence', 'room.~occupancy']) presences.watch(topic);
    await clock.settle();
    expect(world.leftovers()).toMatchObject({ topics: 1, subscriptions: 2 });
    presences.unwatch('room.~presence');
    presences.unwatch('room.~occupancy');
    await presences.enter(phone, 'room', 1);
    await presences.leave(phone, 'room');
    await clock.settle();
    expect(world.leftovers()).toMatchObject({ topics: 1, subscriptions: 2 });
    presences.unwatch('room.~presence');
    expect(world.leftovers()).toEqual(NOTHING_LEFT);
  });

  it.each([
    'room',
    'room.~presence.7',
    '~presence',
    'room.~presence.~presence',
    '~gateways.~presence',
    `${'x'.repeat(245)}.~presence`,
  ])('has nothing to do for those who subscribe to %s', (topic) => {
    const world = new PresenceWorld();
    world.presences.watch(topic);
    expect(world.leftovers()).toEqual(NOTHING_LEFT);
    world.presences.unwatch(topic);
    expect(world.leftovers()).toEqual(NOTHING_LEFT);
  });

  it('reads the topic again by itself when that has failed', async () => {
    const world = new PresenceWorld({ gateways: 2 });
    const { presences, link } = world.gateway(1);
    await world.gateway(0).presences.enter(phone, 'room', 1);
    link.fail('subscribe', new LinkError(), { times: 7 });
    presences.watch('room.~presence');
    await world.clock.advance(RETRIES_MS);
    expect(world.internalErrors).toHaveLength(1);
    expect(link.openSubscriptions).toBe(2);
    world.kill(0);
    await world.clock.advance(SWEPT_MS);
    expect(await world.present()).toEqual({});
  });
});

describe('a gateway that was away and comes back', () => {
  it('puts its sessions back that were taken out while it was stopped, and takes nobody out', async () => {
    const world = await roomWith();
    world.stop(0);
    await world.clock.advance(MINUTE_MS);
    expect(await world.present()).toEqual({ 'bob/desk': 3 });
    world.goOn(0);
    await world.clock.advance(MINUTE_MS);
    expect(await world.present()).toEqual({ 'ann/phone': 1, 'ann/laptop': 2, 'bob/desk': 3 });
    expect(await world.occupancy()).toEqual({ users: 2, sessions: 3 });
    expect(await sweeps(world)).toBe(2);
    expect(await outcome(world.gateway(0).presences.update(phone, 'room', 'here'))).toBe('ok');
  });

  it('leaves a session to the gateway that has it now', async () => {
    const world = await roomWith();
    world.stop(0);
    await world.clock.advance(5_000);
    await world.gateway(2).presences.enter(phone, 'room', 'moved');
    await world.clock.advance(MINUTE_MS);
    world.goOn(0);
    await world.clock.advance(MINUTE_MS);
    expect(await world.present()).toEqual({ 'ann/phone': 'moved', 'ann/laptop': 2, 'bob/desk': 3 });
    expect(world.gateway(0).presences.topicsOf('phone')).toEqual([]);
    expect(world.gateway(2).presences.topicsOf('phone')).toEqual(['room']);
  });

  it('puts its sessions back also when it was cut off, and takes nobody out', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const world = await roomWith({ delayMsMax: 30, seed });
      world.gateway(0).link.goDown(MINUTE_MS, 'none');
      await world.clock.advance(MINUTE_MS - 1);
      expect(await world.present()).toEqual({ 'bob/desk': 3 });
      await world.clock.advance(MINUTE_MS);
      expect(await world.present()).toEqual({ 'ann/phone': 1, 'ann/laptop': 2, 'bob/desk': 3 });
      expect(await world.occupancy()).toEqual({ users: 2, sessions: 3 });
      expect(await sweeps(world)).toBe(2);
    }
  });

  it('takes out who has died meanwhile, and counts from when it was back', async () => {
    const world = await roomWith();
    world.stop(1);
    await world.clock.advance(5_000);
    world.kill(0);
    await world.clock.advance(MINUTE_MS);
    world.goOn(1);
    await world.clock.advance(LIVENESS_MS);
    expect(Object.keys(await world.present())).toHaveLength(3);
    await world.clock.advance(SIGN_EVERY_MS);
    expect(await world.present()).toEqual({ 'bob/desk': 3 });
  });
});

describe('silence that has another reason', () => {
  it('of all gateways at once, because the backbone could not be reached, takes nobody out', async () => {
    for (const downMs of [1_000, 4_900, 7_000, 10_000, 14_900, MINUTE_MS]) {
      for (let startMs = 0; startMs < SIGN_EVERY_MS; startMs += 300) {
        const world = await roomWith({ delayMsMax: 20, seed: startMs + 1 });
        await world.clock.advance(10_000 + startMs);
        for (const { link } of world.gateways) link.goDown(downMs, startMs % 600 === 0 ? 'some' : 'none');
        await world.clock.advance(downMs + MINUTE_MS);
        expect(await sweeps(world), `down for ${downMs} ms`).toBe(0);
        expect(Object.keys(await world.present())).toHaveLength(3);
      }
    }
  });

  it('of all gateways at once, because signs are refused, takes nobody out', async () => {
    const world = await roomWith();
    const refusal = new ProtocolError('OVERLOADED', 'full');
    for (const { link } of world.gateways) {
      link.fail('publish', refusal, { times: 30, of: ({ topic }) => topic === '~gateways' });
    }
    await world.clock.advance(MINUTE_MS);
    for (const { link } of world.gateways) link.heal();
    await world.clock.advance(MINUTE_MS);
    expect(await sweeps(world)).toBe(0);
  });

  it('of the others only to this one, because its feed was lost, takes nobody out', async () => {
    const world = await roomWith();
    await world.clock.advance(LIVENESS_MS);
    const { link } = world.gateway(1);
    link.isDeaf = true;
    await world.clock.advance(MINUTE_MS);
    link.isDeaf = false;
    await world.clock.advance(MINUTE_MS);
    expect(await sweeps(world)).toBe(0);
    world.kill(0);
    await world.clock.advance(SWEPT_MS);
    expect(await world.present()).toEqual({ 'bob/desk': 3 });
  });

  it('shorter than that of a dead gateway is forgiven: signs are tried again', async () => {
    const world = await roomWith();
    for (let at = 0; at < 20; at++) {
      // Nine seconds of every fifteen.
      world.gateway(0).link.goDown(9_000, 'none');
      await world.clock.advance(15_000);
    }
    expect(await sweeps(world)).toBe(0);
  });

  it.each([3_600_000, -3_600_000, 6_000, -6_000])(
    'that is none, because a clock was set by %i ms, takes nobody out',
    async (byMs) => {
      const world = await roomWith();
      await world.clock.advance(12_300);
      world.gateway(1).process.set(byMs);
      await world.clock.advance(MINUTE_MS);
      expect(await sweeps(world)).toBe(0);
      world.kill(0);
      await world.clock.advance(SWEPT_MS);
      expect(await world.present()).toEqual({ 'bob/desk': 3 });
    },
  );

  it('is measured by the own clock only: clocks that differ by hours make no difference', async () => {
    const world = new PresenceWorld({ gateways: 3 });
    world.gateway(0).process.set(-7_200_000);
    world.gateway(1).process.set(7_200_000);
    await world.gateway(0).presences.enter(phone, 'room', 1);
    await world.gateway(1).presences.enter(bob, 'room', 3);
    await world.clock.advance(MINUTE_MS);
    expect(await sweeps(world)).toBe(0);
    world.kill(0);
    await world.clock.advance(SWEPT_MS);
    expect(await world.present()).toEqual({ 'bob/desk': 3 });
  });
});

describe('bounds that an operator has changed (§8)', () => {
  it('a longer presenceGraceMs holds also for those whose gateway has died', async () => {
    const world = await roomWith({ limits: { presenceGraceMs: MINUTE_MS } });
    world.kill(0);
    await world.clock.advance(MINUTE_MS - SIGN_EVERY_MS);
    expect(Object.keys(await world.present())).toHaveLength(3);
    await world.clock.advance(2 * SIGN_EVERY_MS);
    expect(await world.present()).toEqual({ 'bob/desk': 3 });
  });

  it('a shorter gatewayLivenessMs finds the dead sooner', async () => {
    const world = await roomWith({ limits: { presenceGraceMs: 1_000, gatewayLivenessMs: 3_000 } });
    world.kill(0);
    await world.clock.advance(4_000);
    expect(await world.present()).toEqual({ 'bob/desk': 3 });
  });
});

describe('the end of a gateway that says goodbye', () => {
  it('leaves nothing when its sessions have left', async () => {
    const world = new PresenceWorld();
    const { presences, clock } = world;
    await presences.enter(phone, 'room', 1);
    await clock.advance(MINUTE_MS);
    presences.end('phone');
    await clock.settle();
    presences.close();
    await clock.settle();
    expect(world.leftovers()).toEqual(NOTHING_LEFT);
    expect(await world.present()).toEqual({});
    expect(await world.signs()).toMatchObject({ standing: 0 });
  });

  it('gives those who have not left the time to come through another one, and no more', async () => {
    const world = await roomWith();
    await world.clock.advance(4_000);
    world.gateway(0).presences.close();
    await world.clock.settle();
    expect(await world.signs()).toMatchObject({ standing: 1 });
    await world.clock.advance(LIVENESS_MS);
    expect(Object.keys(await world.present())).toHaveLength(3);
    await world.gateway(2).presences.enter(phone, 'room', 'back');
    await world.clock.advance(SIGN_EVERY_MS);
    expect(await world.present()).toEqual({ 'ann/phone': 'back', 'bob/desk': 3 });
    expect(await world.changes()).not.toContain('ann/phone left');
  });

  it('says nothing when there was nothing to say for long, and nobody can watch any more', async () => {
    const world = new PresenceWorld();
    const { presences, clock } = world;
    await presences.enter(phone, 'room', 1);
    await presences.leave(phone, 'room');
    await clock.advance(MINUTE_MS);
    const before = await world.signs();
    presences.close();
    presences.watch('room.~presence');
    await clock.advance(MINUTE_MS);
    expect(await world.signs()).toEqual(before);
    expect(world.leftovers()).toEqual(NOTHING_LEFT);
  });
});

describe('an idle gateway', () => {
  it('gives no signs, hears none and sets no timer, before and after', async () => {
    const world = new PresenceWorld({ gateways: 2 });
    await world.clock.advance(MINUTE_MS);
    expect(await world.signs()).toEqual({ stored: 0, standing: 0 });
    await world.presences.enter(phone, 'room', 1);
    await world.clock.advance(MINUTE_MS);
    await world.presences.leave(phone, 'room');
    await world.clock.settle();
    const { stored } = await world.signs();
    await world.clock.advance(MINUTE_MS);
    expect(await world.signs()).toEqual({ stored, standing: 0 });
    expect(world.leftovers()).toEqual(NOTHING_LEFT);
  });

  it('gives no more signs than others, however often somebody comes and goes', async () => {
    const world = new PresenceWorld();
    const { presences, clock } = world;
    for (let at = 0; at < 600; at++) {
      await presences.enter(phone, 'room', at);
      await clock.advance(50);
      await presences.leave(phone, 'room');
      await clock.advance(50);
    }
    expect((await world.signs()).stored).toBeLessThanOrEqual(MINUTE_MS / SIGN_EVERY_MS + 1);
    expect(world.leftovers()).toEqual(NOTHING_LEFT);
  });
});

describe('a backbone that fails a sweep', () => {
  it('is asked again until everybody is taken out, once', async () => {
    const failures = [
      new LinkError(),
      new ProtocolError('UNAVAILABLE', 'out of reach'),
      new ProtocolError('OVERLOADED', 'full'),
    ];
    for (const error of failures) {
      for (const takesEffect of [false, true]) {
        const world = await roomWith();
        world
          .gateway(1)
          .link.fail('publish', error, { times: 3, takesEffect, of: ({ messageId }) => isSweep(messageId) });
        world.kill(0);
        await world.clock.advance(SWEPT_MS + RETRIES_MS);
        expect(await world.present()).toEqual({ 'bob/desk': 3 });
        expect(await sweeps(world)).toBe(2);
        expect(await world.occupancy()).toEqual({ users: 1, sessions: 1 });
        expect(world.internalErrors).toEqual([]);
      }
    }
  });

  it('is reported when it fails for good, and asked again with a later sign', async () => {
    const world = await roomWith();
    const lost = new LinkError();
    world.gateway(1).link.fail('publish', lost, { times: 7, of: ({ messageId }) => isSweep(messageId) });
    world.kill(0);
    await world.clock.advance(SWEPT_MS + RETRIES_MS);
    expect(world.internalErrors).toEqual([lost]);
    expect(await world.present()).toEqual({ 'bob/desk': 3 });
    world.gateway(1).presences.end('desk');
    await world.clock.settle();
    expect(world.leftovers()).toMatchObject({ subscriptions: 0, timers: 0 });
  });

  it('is not asked any more once the gateway is closed', async () => {
    const world = await roomWith();
    const { link, presences } = world.gateway(1);
    link.fail('publish', new LinkError(), { times: 99, of: ({ messageId }) => isSweep(messageId) });
    world.kill(0);
    await world.clock.advance(SWEPT_MS);
    const attempts = link.calls.publish;
    presences.close();
    await world.clock.advance(MINUTE_MS);
    expect(link.calls.publish).toBe(attempts);
    expect(world.internalErrors).toEqual([]);
    expect(world.leftovers()).toMatchObject({ subscriptions: 0, timers: 0 });
  });
});

describe('what a message says of its gateway', () => {
  it('is the beginning of its messageId, the same in all topics and another one at each gateway', async () => {
    const world = await roomWith();
    await world.gateway(0).presences.enter(phone, 'hall', 1);
    const entries = [...(await world.log('room.~presence')), ...(await world.log('hall.~presence'))];
    const [first, second, third, fourth] = entries.map(({ messageId }) => gatewayOf(messageId));
    expect(new Set([first, second, fourth]).size).toBe(1);
    expect(first).toHaveLength(16);
    expect(third).not.toBe(first);
    expect((await world.log('~gateways')).map(({ key }) => key)).toEqual([first, third]);
  });
});
