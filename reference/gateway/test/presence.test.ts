import { type JsonValue, ProtocolError } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { PRINCIPAL_NAME_PATTERN } from '../src/core/access.ts';
import { occupancyTopicOf, presenceTopicOf } from '../src/core/derived-topics.ts';
import { LinkError } from './support/distant-backbone.ts';
import { NOTHING_LEFT, PresenceWorld } from './support/presence-world.ts';

const phone = { user: 'ann', sessionId: 'phone' };
const laptop = { user: 'ann', sessionId: 'laptop' };
const bob = { user: 'bob', sessionId: 'desk' };

const GRACE_MS = 15_000;

/** Longer than all retries together. */
const RETRIES_MS = 20_000;

/** What a request was answered with, or the code of its refusal. */
async function outcome(request: Promise<{ status: string }>): Promise<string> {
  try {
    return (await request).status;
  } catch (error) {
    return error instanceof ProtocolError ? error.code : (error as Error).message;
  }
}

function nested(depth: number): JsonValue {
  return depth === 0 ? 1 : [nested(depth - 1)];
}

describe('enter, update, leave (§4.8)', () => {
  it('stores each change with the key user/sessionId and answers with its position in the presence topic', async () => {
    const { presences, backbone, clock } = new PresenceWorld();
    const entered = await presences.enter(phone, 'room', { typing: false });
    const updated = await presences.update(phone, 'room', { typing: true });
    const left = await presences.leave(phone, 'room');
    await clock.settle();

    const entries = await backbone.read('room.~presence', { afterSeqNo: 0, limit: 10 });
    expect(entries.map(({ key, payload }) => [key, payload])).toEqual([
      ['ann/phone', { user: 'ann', sessionId: 'phone', data: { typing: false } }],
      ['ann/phone', { user: 'ann', sessionId: 'phone', data: { typing: true } }],
      ['ann/phone', null],
    ]);
    for (const [at, change] of [entered, updated, left].entries()) {
      const { epoch, seqNo, messageId } = entries[at] ?? {};
      expect(change).toEqual({ messageId, status: 'ok', position: { epoch, seqNo, messageId } });
    }
  });

  it('shows null where nothing is shown', async () => {
    const world = new PresenceWorld();
    await world.presences.enter(phone, 'room', undefined);
    expect(await world.present()).toEqual({ 'ann/phone': null });
  });

  it('a second enter is an update', async () => {
    const world = new PresenceWorld();
    await world.presences.enter(phone, 'room', 1);
    await world.presences.enter(phone, 'room', 2);
    await world.clock.settle();
    expect(await world.present()).toEqual({ 'ann/phone': 2 });
    expect(await world.announcements()).toEqual(['1/1']);
  });

  it('update and leave without enter are NOT_PRESENT, also after a leave, and store nothing', async () => {
    const world = new PresenceWorld();
    const { presences } = world;
    const notPresent = { code: 'NOT_PRESENT', topic: 'room' };
    await expect(presences.update(phone, 'room', 1)).rejects.toMatchObject(notPresent);
    await expect(presences.leave(phone, 'room')).rejects.toMatchObject(notPresent);
    await presences.enter(phone, 'room', 1);
    await expect(presences.leave(phone, 'other')).rejects.toMatchObject({ code: 'NOT_PRESENT', topic: 'other' });
    await presences.leave(phone, 'room');
    await expect(presences.update(phone, 'room', 2)).rejects.toMatchObject(notPresent);
    await expect(presences.leave(phone, 'room')).rejects.toMatchObject(notPresent);
    expect(await world.changes()).toEqual(['ann/phone: 1', 'ann/phone left']);
  });

  it('takes effect in the order of the calls, without waiting for answers (§3.2)', async () => {
    const world = new PresenceWorld({ delayMsMax: 40 });
    const { presences } = world;
    const answers = Promise.all(
      [
        presences.enter(phone, 'room', 1),
        presences.update(phone, 'room', 2),
        presences.leave(phone, 'room'),
        presences.update(phone, 'room', 3),
        presences.enter(phone, 'room', 4),
        presences.update(phone, 'room', 5),
      ].map(outcome),
    );
    await world.clock.advance(2_000);
    expect(await answers).toEqual(['ok', 'ok', 'ok', 'NOT_PRESENT', 'ok', 'ok']);
    expect(await world.changes()).toEqual([
      'ann/phone: 1',
      'ann/phone: 2',
      'ann/phone left',
      'ann/phone: 4',
      'ann/phone: 5',
    ]);
  });

  it('is of one session and one topic: others notice nothing', async () => {
    const world = new PresenceWorld();
    const { presences } = world;
    await presences.enter(phone, 'room', 1);
    await presences.enter(phone, 'hall', 2);
    await presences.enter(bob, 'room', 3);
    expect(presences.topicsOf('phone')).toEqual(['room', 'hall']);
    await presences.leave(phone, 'room');
    expect(presences.topicsOf('phone')).toEqual(['hall']);
    expect(await world.present('room')).toEqual({ 'bob/desk': 3 });
    expect(await world.present('hall')).toEqual({ 'ann/phone': 2 });
  });

  it('a newcomer finds everybody in the snapshot of the presence topic, with what they showed last', async () => {
    const world = new PresenceWorld({ limits: { historyLengthMax: 2 } });
    const { presences } = world;
    await presences.enter(phone, 'room', 'p');
    await presences.enter(laptop, 'room', 'l');
    await presences.enter(bob, 'room', 'b');
    for (let at = 0; at < 5; at++) await presences.update(bob, 'room', at);
    expect(await world.present()).toEqual({ 'ann/phone': 'p', 'ann/laptop': 'l', 'bob/desk': 4 });
  });

  it('is published under names that no principal can have, so nobody can take up its messageIds', async () => {
    const world = new PresenceWorld();
    const publishers: string[] = [];
    const { link } = world;
    const publish = link.publish.bind(link);
    link.publish = (request) => {
      publishers.push(request.publisher);
      return publish(request);
    };
    await world.presences.enter(phone, 'room', 1);
    await world.clock.settle();
    expect(publishers).toHaveLength(2);
    for (const publisher of publishers) expect(publisher).not.toMatch(new RegExp(PRINCIPAL_NAME_PATTERN));
  });

  it('leaves nothing behind when everybody has left', async () => {
    const world = new PresenceWorld({ delayMsMax: 20 });
    const { presences, clock } = world;
    const done = Promise.all([presences.enter(phone, 'room', 1), presences.enter(bob, 'hall', 1)]);
    await clock.advance(500);
    await done;
    expect(world.leftovers()).toMatchObject({ sessions: 2, topics: 2, subscriptions: 2 });
    const left = Promise.all([presences.leave(phone, 'room'), presences.leave(bob, 'hall')]);
    await clock.advance(500);
    await left;
    expect(world.leftovers()).toEqual(NOTHING_LEFT);
    expect(world.internalErrors).toEqual([]);
  });
});

describe('what presence refuses', () => {
  it('a topic whose occupancy topic would be too long: INVALID_FIELD (§2.1)', async () => {
    const world = new PresenceWorld();
    const longest = 'x'.repeat(255 - '.~occupancy'.length);
    await world.presences.enter(phone, longest, 1);
    const refused = world.presences.enter(phone, `${longest}x`, 1);
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_FIELD', topic: `${longest}x` });
    expect(world.presences.topicsOf('phone')).toEqual([longest]);
  });

  it('a user and a session whose names make a key of more than 128 characters: INVALID_FIELD', async () => {
    const world = new PresenceWorld();
    const user = 'u'.repeat(64);
    await world.presences.enter({ user, sessionId: 's'.repeat(63) }, 'room', 1);
    const refused = world.presences.enter({ user, sessionId: 's'.repeat(64) }, 'room', 1);
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_FIELD', message: expect.stringContaining('129') });
    expect(world.presences.size).toBe(1);
  });

  it('data that would be nested too deeply in the payload around it (§3.3)', async () => {
    const world = new PresenceWorld();
    await world.presences.enter(phone, 'room', nested(63));
    const tooDeep = { code: 'INVALID_FIELD', topic: 'room', message: expect.stringContaining('nested') };
    await expect(world.presences.update(phone, 'room', nested(64))).rejects.toMatchObject(tooDeep);
    await expect(world.presences.enter(phone, 'room', nested(64))).rejects.toMatchObject(tooDeep);
    expect(await world.changes()).toHaveLength(1);
  });

  it('one topic more than presencesPerSessionMax: PRESENCE_LIMIT, until one was left (§8)', async () => {
    const world = new PresenceWorld({ limits: { presencesPerSessionMax: 2 } });
    const { presences } = world;
    const pipelined = [
      presences.enter(phone, 'a', 1),
      presences.enter(phone, 'b', 1),
      presences.enter(phone, 'c', 1),
      presences.enter(phone, 'a', 2),
      presences.enter(laptop, 'c', 1),
      presences.leave(phone, 'a'),
      presences.enter(phone, 'c', 1),
      presences.enter(phone, 'a', 3),
    ];
    const outcomes = await Promise.all(pipelined.map(outcome));
    expect(outcomes).toEqual(['ok', 'ok', 'PRESENCE_LIMIT', 'ok', 'ok', 'ok', 'ok', 'PRESENCE_LIMIT']);
    expect([...presences.topicsOf('phone')].sort()).toEqual(['b', 'c']);
  });

  it('an enter that failed does not count against presencesPerSessionMax', async () => {
    const world = new PresenceWorld({ limits: { presencesPerSessionMax: 1 } });
    world.link.fail('publish', new ProtocolError('OVERLOADED', 'full'));
    expect(await outcome(world.presences.enter(phone, 'a', 1))).toBe('OVERLOADED');
    expect(await outcome(world.presences.enter(phone, 'b', 1))).toBe('ok');
  });

  it('more changes than unacknowledgedPublishesMax that wait for the backbone: TOO_MANY_UNACKNOWLEDGED (§8)', async () => {
    const world = new PresenceWorld({ limits: { unacknowledgedPublishesMax: 3 }, delayMsMax: 20 });
    const { presences, clock } = world;
    const requests = [
      presences.enter(phone, 'a', 1),
      presences.enter(phone, 'b', 1),
      presences.update(phone, 'a', 2),
      presences.update(phone, 'a', 3),
      presences.enter(phone, 'c', 1),
      presences.enter(laptop, 'a', 1),
    ];
    const outcomes = Promise.all(requests.map(outcome));
    await clock.advance(1_000);
    const tooMany = 'TOO_MANY_UNACKNOWLEDGED';
    expect(await outcomes).toEqual(['ok', 'ok', 'ok', tooMany, tooMany, 'ok']);
    const again = presences.update(phone, 'a', 3);
    await clock.advance(1_000);
    expect((await again).status).toBe('ok');
    expect(presences.topicsOf('phone')).toEqual(['a', 'b']);
  });

  it('what the backbone refuses: the session has not entered, and nothing is left', async () => {
    const world = new PresenceWorld({ limits: { topicsMax: 1 } });
    await world.backbone.subscribe('busy', () => {});
    await expect(world.presences.enter(phone, 'room', 1)).rejects.toMatchObject({ code: 'OVERLOADED' });
    await world.clock.settle();
    expect(world.leftovers()).toEqual(NOTHING_LEFT);
    expect(await outcome(world.presences.update(phone, 'room', 1))).toBe('NOT_PRESENT');
    expect(world.internalErrors).toEqual([]);
  });

  it('everybody who wants to enter once it is closed', async () => {
    const world = new PresenceWorld();
    world.presences.close();
    expect(await outcome(world.presences.enter(phone, 'room', 1))).toBe('OVERLOADED');
  });
});

describe('grace (§4.8)', () => {
  it('a session that is back within presenceGraceMs has never left', async () => {
    const world = new PresenceWorld();
    const { presences, clock } = world;
    await presences.enter(phone, 'room', 1);
    presences.lost('phone');
    await clock.advance(GRACE_MS - 1);
    presences.lost('phone');
    presences.back('phone');
    await clock.advance(10 * GRACE_MS);
    expect(await world.changes()).toEqual(['ann/phone: 1']);
    expect(await outcome(presences.update(phone, 'room', 2))).toBe('ok');
  });

  it('a session that is not back leaves everything after presenceGraceMs, and not before', async () => {
    const world = new PresenceWorld();
    const { presences, clock } = world;
    await presences.enter(phone, 'room', 1);
    await presences.enter(phone, 'hall', 1);
    await presences.enter(bob, 'room', 1);
    presences.lost('phone');
    await clock.advance(GRACE_MS - 1);
    expect(await world.present()).toEqual({ 'ann/phone': 1, 'bob/desk': 1 });
    await clock.advance(1);
    expect(await world.present('room')).toEqual({ 'bob/desk': 1 });
    expect(await world.present('hall')).toEqual({});
    expect(await world.occupancy()).toEqual({ users: 1, sessions: 1 });
    expect(presences.size).toBe(1);
  });

  it('is counted from the loss: losing it again in between is one loss, being back begins anew', async () => {
    const world = new PresenceWorld();
    const { presences, clock } = world;
    await presences.enter(phone, 'room', 1);
    presences.lost('phone');
    await clock.advance(10_000);
    presences.back('phone');
    presences.lost('phone');
    await clock.advance(10_000);
    presences.lost('phone');
    expect(await world.present()).toEqual({ 'ann/phone': 1 });
    await clock.advance(5_000);
    expect(await world.present()).toEqual({});
  });

  it('holds also for what was still being asked when the connection was lost', async () => {
    const world = new PresenceWorld({ delayMsMax: 30 });
    const { presences, clock } = world;
    const entered = presences.enter(phone, 'room', 1);
    presences.lost('phone');
    await clock.advance(1_000);
    expect((await entered).status).toBe('ok');
    expect(await world.present()).toEqual({ 'ann/phone': 1 });
    await clock.advance(GRACE_MS);
    expect(await world.present()).toEqual({});
    expect(world.leftovers()).toEqual(NOTHING_LEFT);
  });

  it('sets no timer for a session that is present nowhere', () => {
    const world = new PresenceWorld();
    world.presences.lost('nobody');
    world.presences.back('nobody');
    world.presences.end('nobody');
    world.presences.endTopic('nobody', 'room');
    expect(world.leftovers()).toEqual(NOTHING_LEFT);
  });

  it('close cancels it and whatever else waits, and nothing is set afterwards', async () => {
    const world = new PresenceWorld();
    const { presences, clock, link } = world;
    await presences.enter(phone, 'room', 1);
    await presences.enter(bob, 'room', 1);
    presences.lost('phone');
    link.fail('publish', new LinkError(), { times: 50 });
    presences.end('desk');
    await clock.settle();
    expect(clock.timerCount).toBeGreaterThan(1);
    const attempts = link.calls.publish;
    presences.close();
    presences.lost('phone');
    await clock.settle();
    expect(world.leftovers()).toMatchObject({ timers: 0, subscriptions: 0 });
    expect(link.calls.publish).toBe(attempts);
    expect(world.internalErrors).toEqual([]);
  });
});

describe('the end of a session or of its access (I1)', () => {
  it('end leaves everything at once', async () => {
    const world = new PresenceWorld();
    const { presences, clock } = world;
    for (const topic of ['room', 'hall']) await presences.enter(phone, topic, 1);
    await presences.enter(laptop, 'room', 1);
    presences.end('phone');
    await clock.settle();
    expect(await world.present('room')).toEqual({ 'ann/laptop': 1 });
    expect(await world.present('hall')).toEqual({});
    expect(presences.topicsOf('phone')).toEqual([]);
    expect(presences.size).toBe(1);
  });

  it('endTopic leaves one topic at once and the others not', async () => {
    const world = new PresenceWorld();
    const { presences, clock } = world;
    for (const topic of ['room', 'hall']) await presences.enter(phone, topic, 1);
    presences.endTopic('phone', 'room');
    expect(presences.topicsOf('phone')).toEqual(['hall']);
    await clock.settle();
    expect(await world.present('room')).toEqual({});
    expect(await world.present('hall')).toEqual({ 'ann/phone': 1 });
    expect(await outcome(presences.update(phone, 'room', 1))).toBe('NOT_PRESENT');
  });

  it('ends an enter too that has not been stored yet', async () => {
    const world = new PresenceWorld({ delayMsMax: 30 });
    const { presences, clock } = world;
    const entered = presences.enter(phone, 'room', 1);
    presences.end('phone');
    presences.end('phone');
    await clock.advance(1_000);
    await entered;
    expect(await world.changes()).toEqual(['ann/phone: 1', 'ann/phone left']);
    expect(world.leftovers()).toEqual(NOTHING_LEFT);
  });

  it('a session that ended and enters again is present', async () => {
    const world = new PresenceWorld({ delayMsMax: 30 });
    const { presences, clock } = world;
    const first = presences.enter(phone, 'room', 1);
    presences.end('phone');
    const second = presences.enter(phone, 'room', 2);
    await clock.advance(1_000);
    await Promise.all([first, second]);
    expect(await world.changes()).toEqual(['ann/phone: 1', 'ann/phone left', 'ann/phone: 2']);
    expect(presences.topicsOf('phone')).toEqual(['room']);
  });
});

describe('occupancy (§4.8)', () => {
  it('counts users and sessions: one user with two devices is one user and two sessions', async () => {
    const world = new PresenceWorld();
    const { presences, clock } = world;
    for (const member of [phone, laptop, bob]) {
      await presences.enter(member, 'room', 1);
      await clock.settle();
    }
    expect(await world.occupancy()).toEqual({ users: 2, sessions: 3 });
    await presences.leave(phone, 'room');
    await clock.settle();
    expect(await world.occupancy()).toEqual({ users: 2, sessions: 2 });
    await presences.leave(laptop, 'room');
    await clock.settle();
    expect(await world.occupancy()).toEqual({ users: 1, sessions: 1 });
    await presences.leave(bob, 'room');
    await clock.settle();
    expect(await world.occupancy()).toEqual({ users: 0, sessions: 0 });
    expect(await world.announcements()).toEqual(['1/1', '1/2', '2/3', '2/2', '1/1', '0/0']);
  });

  it('tells users apart whose names have slashes', async () => {
    const world = new PresenceWorld();
    for (const user of ['a/b', 'a', 'a/c', 'a/b']) {
      await world.presences.enter({ user, sessionId: `s${world.presences.size}` }, 'room', 1);
    }
    await world.clock.settle();
    expect(await world.occupancy()).toEqual({ users: 3, sessions: 4 });
  });

  it('comes after the change that it counts, and says nothing for an update', async () => {
    const world = new PresenceWorld();
    const { presences, backbone, clock } = world;
    const heard: string[] = [];
    await backbone.subscribe(presenceTopicOf('room'), () => heard.push('presence'));
    await backbone.subscribe(occupancyTopicOf('room'), () => heard.push('occupancy'));
    await presences.enter(phone, 'room', 1);
    await clock.settle();
    await presences.update(phone, 'room', 2);
    await clock.settle();
    await presences.leave(phone, 'room');
    await clock.settle();
    expect(heard).toEqual(['presence', 'occupancy', 'presence', 'presence', 'occupancy']);
  });

  it('is announced as often as the backbone keeps up, not as often as it changes, and ends with the newest', async () => {
    const world = new PresenceWorld({ delayMsMax: 50 });
    const { presences, clock } = world;
    const members = Array.from({ length: 100 }, (_, at) => ({ user: `u${at}`, sessionId: `s${at}` }));
    const entered = Promise.all(members.map((member) => presences.enter(member, 'room', null)));
    await clock.advance(5_000);
    await entered;
    const announcements = await world.announcements();
    expect(announcements.at(-1)).toBe('100/100');
    expect(announcements.length).toBeLessThan(20);
  });

  it('is right when several gateways change it at once, and never says the same twice', async () => {
    const world = new PresenceWorld({ gateways: 3, delayMsMax: 50 });
    const members = Array.from({ length: 30 }, (_, at) => ({ user: `u${at % 7}`, sessionId: `s${at}` }));
    const entered = members.map((member, at) => world.gateway(at % 3).presences.enter(member, 'room', null));
    await world.clock.advance(5_000);
    await Promise.all(entered);
    expect(await world.occupancy()).toEqual({ users: 7, sessions: 30 });
    const left = members.slice(0, 20).map((member, at) => world.gateway(at % 3).presences.leave(member, 'room'));
    await world.clock.advance(5_000);
    await Promise.all(left);
    expect(await world.occupancy()).toEqual({ users: 7, sessions: 10 });
    const announcements = await world.announcements();
    for (const [at, counts] of announcements.entries()) expect(counts).not.toBe(announcements[at - 1]);
  });

  it('is right when a gateway says an old count after another one found nothing to say', async () => {
    const world = new PresenceWorld({ gateways: 2 });
    const { clock } = world;
    const [here, there] = [world.gateway(0), world.gateway(1)];
    await here.presences.enter(phone, 'room', 1);
    await clock.settle();
    const publish = here.link.publish.bind(here.link);
    let goOn = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    here.link.publish = async (request) => {
      if (request.topic === occupancyTopicOf('room')) await held;
      return publish(request);
    };
    await here.presences.leave(phone, 'room');
    await clock.settle();
    // One has left and one has come: over there the count is what was announced, so there is nothing to announce.
    await there.presences.enter(bob, 'room', 1);
    await clock.settle();
    expect(await world.announcements()).toEqual(['1/1']);
    goOn();
    await clock.settle();
    expect(await world.announcements()).toEqual(['1/1', '0/0', '1/1']);
  });

  it('is counted together with those at gateways that came before', async () => {
    const world = new PresenceWorld({ gateways: 2 });
    const { clock } = world;
    await world.gateway(0).presences.enter(phone, 'room', 1);
    await clock.settle();
    await world.gateway(1).presences.enter(bob, 'room', 1);
    await clock.settle();
    expect(await world.announcements()).toEqual(['1/1', '2/2']);
    await world.gateway(0).presences.leave(phone, 'room');
    await clock.settle();
    expect(await world.announcements()).toEqual(['1/1', '2/2', '1/1']);
    expect(world.gateway(0).link.openSubscriptions).toBe(0);
    expect(world.gateway(1).link.openSubscriptions).toBe(1);
  });
});

describe('a session that is resumed at another gateway (§9.5)', () => {
  it('nobody notices when it enters there within its grace: no leave, and the counts stay', async () => {
    const world = new PresenceWorld({ gateways: 2 });
    const { clock } = world;
    const [here, there] = [world.gateway(0), world.gateway(1)];
    await here.presences.enter(phone, 'room', 1);
    await clock.settle();
    here.presences.lost('phone');
    await clock.advance(5_000);
    await there.presences.enter(phone, 'room', 1);
    await clock.settle();
    expect(here.presences.size + here.presences.topicCount + here.link.openSubscriptions).toBe(0);
    expect(clock.timerCount).toBe(0);
    await clock.advance(10 * GRACE_MS);
    expect(await world.changes()).toEqual(['ann/phone: 1', 'ann/phone: 1']);
    expect(await world.announcements()).toEqual(['1/1']);
    expect(there.presences.topicsOf('phone')).toEqual(['room']);
  });

  it('leaves the topics that it did not enter there when its grace is over', async () => {
    const world = new PresenceWorld({ gateways: 2 });
    const { clock } = world;
    const [here, there] = [world.gateway(0), world.gateway(1)];
    for (const topic of ['room', 'hall']) await here.presences.enter(phone, topic, 1);
    here.presences.lost('phone');
    await there.presences.enter(phone, 'room', 1);
    await clock.advance(GRACE_MS);
    expect(await world.present('room')).toEqual({ 'ann/phone': 1 });
    expect(await world.present('hall')).toEqual({});
    expect(here.presences.size).toBe(0);
  });

  it('can come back, and is then forgotten over there', async () => {
    const world = new PresenceWorld({ gateways: 2, delayMsMax: 20 });
    const { clock } = world;
    for (const at of [0, 1, 0, 1, 0]) {
      const { presences } = world.gateway(at);
      presences.back('phone');
      const entered = presences.enter(phone, 'room', at);
      await clock.advance(500);
      await entered;
      presences.lost('phone');
    }
    world.gateway(0).presences.back('phone');
    await clock.advance(2 * GRACE_MS);
    expect(await world.present()).toEqual({ 'ann/phone': 0 });
    expect(await world.changes()).not.toContain('ann/phone left');
    expect(world.gateway(1).presences.size).toBe(0);
  });

  it('is put back when its old gateway lets it leave too late', async () => {
    const world = new PresenceWorld({ gateways: 2 });
    const { clock } = world;
    const [here, there] = [world.gateway(0), world.gateway(1)];
    await here.presences.enter(phone, 'room', 'old');
    await clock.settle();
    // What is stored now is heard here a second later, whatever happens to the link in the meantime.
    here.link.goDown(1_000);
    await there.presences.enter(phone, 'room', 'new');
    here.link.heal();
    here.presences.end('phone');
    await clock.advance(RETRIES_MS);
    expect(await world.changes()).toEqual([
      'ann/phone: "old"',
      'ann/phone: "new"',
      'ann/phone left',
      'ann/phone: "new"',
    ]);
    expect(await world.occupancy()).toEqual({ users: 1, sessions: 1 });
    expect(there.presences.topicsOf('phone')).toEqual(['room']);
    expect(here.presences.size).toBe(0);
  });

  it('is counted in again by an update that is stored after its old gateway has let it leave', async () => {
    for (const isHeardBefore of [false, true]) {
      const world = new PresenceWorld({ gateways: 2 });
      const { clock } = world;
      const [old, now] = [world.gateway(0), world.gateway(1)];
      await old.presences.enter(phone, 'room', 1);
      await clock.settle();
      old.link.goDown(1_000);
      await now.presences.enter(phone, 'room', 2);
      old.link.heal();
      await clock.settle();
      const publish = now.link.publish.bind(now.link);
      let goOn = () => {};
      const held = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      now.link.publish = async (request) => {
        if (request.key !== undefined) await held;
        return publish(request);
      };
      const updated = now.presences.update(phone, 'room', 3);
      if (!isHeardBefore) now.link.goDown(5_000);
      old.presences.end('phone');
      await clock.advance(2_000);
      expect(await world.announcements()).toEqual(['1/1', '0/0']);
      now.link.heal();
      goOn();
      expect((await updated).status).toBe('ok');
      await clock.advance(10_000);
      expect(await world.announcements()).toEqual(['1/1', '0/0', '1/1']);
      expect(await world.present()).toEqual({ 'ann/phone': 3 });
    }
  });

  it('is not put back by a gateway from which it has moved on in the meantime', async () => {
    const world = new PresenceWorld({ gateways: 3 });
    const { clock } = world;
    const [first, second, third] = [world.gateway(0), world.gateway(1), world.gateway(2)];
    await first.presences.enter(phone, 'room', 1);
    await clock.settle();
    first.link.goDown(1_000);
    await second.presences.enter(phone, 'room', 2);
    first.link.heal();
    second.link.fail('publish', new LinkError(), { of: ({ key }) => key === 'ann/phone' });
    first.presences.end('phone');
    await clock.settle();
    await third.presences.enter(phone, 'room', 3);
    await clock.advance(RETRIES_MS);
    expect(await world.changes()).toEqual(['ann/phone: 1', 'ann/phone: 2', 'ann/phone left', 'ann/phone: 3']);
    expect(world.gateways.map(({ presences }) => presences.size)).toEqual([0, 0, 1]);
  });

  it('is not taken out by a leave that its old gateway has to try again', async () => {
    const world = new PresenceWorld({ gateways: 2 });
    const { clock } = world;
    const [here, there] = [world.gateway(0), world.gateway(1)];
    await here.presences.enter(phone, 'room', 1);
    await clock.settle();
    here.link.fail('publish', new LinkError(), { times: 2 });
    here.presences.end('phone');
    await clock.settle();
    await there.presences.enter(phone, 'room', 2);
    await clock.advance(RETRIES_MS);
    expect(await world.changes()).toEqual(['ann/phone: 1', 'ann/phone: 2']);
    expect(here.presences.size).toBe(0);
  });

  it('belongs to the gateway whose message is the later one, in whichever order they are heard of', async () => {
    const world = new PresenceWorld({ gateways: 2 });
    const { clock } = world;
    const [here, there] = [world.gateway(0), world.gateway(1)];
    await here.presences.enter(phone, 'room', 1);
    await clock.settle();
    // Here the answer to the own message comes before the other gateway's earlier one is heard.
    here.link.goDown(1_000);
    await there.presences.enter(phone, 'room', 2);
    here.link.heal();
    await here.presences.enter(phone, 'room', 3);
    await clock.advance(2_000);
    expect(here.presences.topicsOf('phone')).toEqual(['room']);
    expect(there.presences.size).toBe(0);

    // And here the other gateway's later one is heard before the answer to the own one has come.
    const publish = here.link.publish.bind(here.link);
    let goOn = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    here.link.publish = async (request) => {
      const result = await publish(request);
      await held;
      return result;
    };
    const updated = here.presences.update(phone, 'room', 4);
    await clock.settle();
    await there.presences.enter(phone, 'room', 5);
    goOn();
    expect((await updated).status).toBe('ok');
    await clock.settle();
    expect(here.presences.size).toBe(0);
    expect(there.presences.topicsOf('phone')).toEqual(['room']);
    expect(await world.present()).toEqual({ 'ann/phone': 5 });
  });

  it('is seen to have moved also by a gateway that did not hear of it, when it reads the topic anew', async () => {
    const world = new PresenceWorld({ gateways: 2, delayMsMax: 20 });
    const { clock } = world;
    const [here, there] = [world.gateway(0), world.gateway(1)];
    const asked = async (request: Promise<{ status: string }>) => {
      const answer = outcome(request);
      await clock.advance(1_000);
      return answer;
    };
    for (const member of [phone, laptop]) await asked(here.presences.enter(member, 'room', 1));
    here.link.isDeaf = true;
    for (const member of [phone, laptop]) await asked(there.presences.enter(member, 'room', 2));
    here.link.isDeaf = false;
    const entered = there.presences.enter(bob, 'room', 1);
    while (here.link.calls.subscribe === 1) await clock.advance(1);
    // It is being read: who asks now waits for that, and who does not is forgotten after it.
    expect(await asked(here.presences.update(phone, 'room', 3))).toBe('NOT_PRESENT');
    await entered;
    expect(here.presences.size).toBe(0);
    expect(await world.present()).toEqual({ 'ann/phone': 2, 'ann/laptop': 2, 'bob/desk': 1 });
  });

  it('an update by the gateway that no longer has it is NOT_PRESENT', async () => {
    const world = new PresenceWorld({ gateways: 2 });
    await world.gateway(0).presences.enter(phone, 'room', 1);
    await world.gateway(1).presences.enter(phone, 'room', 2);
    expect(await outcome(world.gateway(0).presences.update(phone, 'room', 3))).toBe('NOT_PRESENT');
    expect(await world.present()).toEqual({ 'ann/phone': 2 });
  });
});

describe('a backbone that fails', () => {
  it('an enter that failed is told, and whatever it may have stored is taken out again', async () => {
    for (const takesEffect of [false, true]) {
      const world = new PresenceWorld();
      world.link.fail('publish', new LinkError(), { takesEffect });
      await expect(world.presences.enter(phone, 'room', 1)).rejects.toBeInstanceOf(LinkError);
      await world.clock.advance(RETRIES_MS);
      expect(await world.present()).toEqual({});
      expect((await world.announcements()).at(-1) ?? '0/0').toBe('0/0');
      expect(world.leftovers()).toEqual(NOTHING_LEFT);
    }
  });

  it('an enter that is asked again right after it failed is present', async () => {
    const world = new PresenceWorld({ delayMsMax: 20 });
    world.link.fail('publish', new LinkError(), { takesEffect: true });
    const answers = Promise.all([
      outcome(world.presences.enter(phone, 'room', 1)),
      outcome(world.presences.enter(phone, 'room', 2)),
    ]);
    await world.clock.advance(RETRIES_MS);
    expect(await answers).toEqual([new LinkError().message, 'ok']);
    expect(await world.present()).toEqual({ 'ann/phone': 2 });
    expect(await world.occupancy()).toEqual({ users: 1, sessions: 1 });
  });

  it('an enter that is taken out again is counted out as well, where another gateway has counted it', async () => {
    const world = new PresenceWorld({ gateways: 2 });
    const { clock } = world;
    const [here, there] = [world.gateway(0), world.gateway(1)];
    await here.presences.enter(laptop, 'room', 1);
    await clock.settle();
    // It is stored, but this gateway neither gets the answer nor hears of it in time.
    here.link.goDown(5_000);
    here.link.fail('publish', new LinkError(), { takesEffect: true });
    here.link.fail('publish', new LinkError());
    await expect(here.presences.enter(phone, 'room', 1)).rejects.toBeInstanceOf(LinkError);
    await there.presences.enter(bob, 'room', 1);
    await clock.settle();
    expect(await world.occupancy()).toEqual({ users: 2, sessions: 3 });
    here.link.heal();
    await clock.advance(RETRIES_MS);
    expect(await world.present()).toEqual({ 'ann/laptop': 1, 'bob/desk': 1 });
    expect(await world.occupancy()).toEqual({ users: 2, sessions: 2 });
  });

  it('a leave that was refused is told, and the session is still present', async () => {
    const world = new PresenceWorld();
    await world.presences.enter(phone, 'room', 1);
    world.link.fail('publish', new ProtocolError('OVERLOADED', 'full'));
    expect(await outcome(world.presences.leave(phone, 'room'))).toBe('OVERLOADED');
    expect(world.presences.topicsOf('phone')).toEqual(['room']);
    expect(await outcome(world.presences.leave(phone, 'room'))).toBe('ok');
    expect(await world.present()).toEqual({});
  });

  it('a leave that failed is told, and the session leaves by and by, once', async () => {
    for (const takesEffect of [false, true]) {
      const world = new PresenceWorld({ delayMsMax: 20 });
      const { presences, clock, link } = world;
      const entered = presences.enter(phone, 'room', 1);
      await clock.advance(1_000);
      await entered;
      link.fail('publish', new LinkError(), { times: 3, takesEffect });
      const answers = Promise.all([presences.leave(phone, 'room'), presences.update(phone, 'room', 2)].map(outcome));
      await clock.advance(RETRIES_MS);
      expect(await answers).toEqual([new LinkError().message, 'NOT_PRESENT']);
      expect((await world.changes()).slice(0, 2)).toEqual(['ann/phone: 1', 'ann/phone left']);
      expect(await world.announcements()).toEqual(['1/1', '0/0']);
      expect(world.leftovers()).toEqual(NOTHING_LEFT);
    }
  });

  it('an update that failed leaves the session present, and it can be asked again', async () => {
    const world = new PresenceWorld();
    await world.presences.enter(phone, 'room', 1);
    world.link.fail('publish', new LinkError());
    await expect(world.presences.update(phone, 'room', 2)).rejects.toBeInstanceOf(LinkError);
    expect(await outcome(world.presences.update(phone, 'room', 3))).toBe('ok');
    expect(await world.present()).toEqual({ 'ann/phone': 3 });
  });

  it('a session whose grace is over leaves by and by, once, however often the backbone fails before', async () => {
    for (const takesEffect of [false, true]) {
      const world = new PresenceWorld();
      const { presences, clock, link } = world;
      await presences.enter(phone, 'room', 1);
      await clock.settle();
      presences.lost('phone');
      link.fail('publish', new LinkError(), { times: 4, takesEffect });
      await clock.advance(GRACE_MS + RETRIES_MS);
      expect(await world.changes()).toEqual(['ann/phone: 1', 'ann/phone left']);
      expect(await world.announcements()).toEqual(['1/1', '0/0']);
      expect(world.leftovers()).toEqual(NOTHING_LEFT);
      expect(world.internalErrors).toEqual([]);
    }
  });

  it('a leave that fails for good is reported, after a bounded number of attempts, and holds nothing', async () => {
    const world = new PresenceWorld();
    const { presences, clock, link } = world;
    await presences.enter(phone, 'room', 1);
    await clock.settle();
    const before = link.calls.publish;
    const lost = new LinkError();
    link.fail('publish', lost, { times: 1_000 });
    presences.end('phone');
    await clock.advance(10 * RETRIES_MS);
    expect(world.internalErrors).toEqual([lost]);
    expect(link.calls.publish - before).toBe(7);
    expect(world.leftovers()).toEqual(NOTHING_LEFT);
  });

  it('a refusal for good is not tried again', async () => {
    const world = new PresenceWorld();
    const { presences, clock, link } = world;
    await presences.enter(phone, 'room', 1);
    await clock.settle();
    const refusal = new ProtocolError('INVALID_FIELD', 'no');
    link.fail('publish', refusal, { times: 1_000 });
    presences.end('phone');
    await clock.settle();
    expect(world.internalErrors).toEqual([refusal]);
    expect(world.leftovers()).toEqual(NOTHING_LEFT);
  });

  it('a retry waits at least as long as the backbone asks for', async () => {
    const world = new PresenceWorld();
    const { presences, clock, link } = world;
    await presences.enter(phone, 'room', 1);
    await clock.settle();
    link.fail('publish', new ProtocolError('OVERLOADED', 'full', { afterMs: 6_000 }));
    presences.end('phone');
    await clock.advance(5_999);
    expect(await world.present()).toEqual({ 'ann/phone': 1 });
    await clock.advance(1);
    expect(await world.present()).toEqual({});
  });

  it('occupancy that could not be counted, read or published is announced by and by', async () => {
    for (const method of ['publish', 'snapshot', 'head'] as const) {
      for (const takesEffect of [false, true]) {
        const world = new PresenceWorld();
        const { presences, clock, link } = world;
        await presences.enter(phone, 'room', 1);
        await clock.settle();
        const of = ({ topic }: { topic: string }) => topic === occupancyTopicOf('room');
        link.fail(method, new LinkError(), { times: 3, takesEffect, ...(method === 'publish' ? { of } : {}) });
        await presences.enter(bob, 'room', 1);
        await clock.advance(RETRIES_MS);
        expect(await world.announcements(), method).toEqual(['1/1', '2/2']);
        expect(world.internalErrors).toEqual([]);
      }
    }
  });

  it('occupancy that fails for good is reported, and right again with the next change', async () => {
    const world = new PresenceWorld();
    const { presences, clock, link } = world;
    await presences.enter(phone, 'room', 1);
    await clock.settle();
    const lost = new LinkError();
    link.fail('publish', lost, { times: 7, of: ({ topic }) => topic === occupancyTopicOf('room') });
    await presences.enter(bob, 'room', 1);
    await clock.advance(2 * RETRIES_MS);
    expect(world.internalErrors).toEqual([lost]);
    expect(await world.occupancy()).toEqual({ users: 1, sessions: 1 });
    await presences.enter(laptop, 'room', 1);
    await clock.settle();
    expect(await world.occupancy()).toEqual({ users: 2, sessions: 3 });
  });

  it('a backbone that has lost its memory gets back everybody who is present here', async () => {
    const world = new PresenceWorld({ gateways: 2 });
    const { clock, backbone } = world;
    await world.gateway(0).presences.enter(phone, 'room', 1);
    await world.gateway(0).presences.enter(laptop, 'room', 2);
    await world.gateway(1).presences.enter(bob, 'room', 3);
    await clock.settle();
    await backbone.close();
    await world.gateway(0).presences.update(laptop, 'room', 4);
    await world.gateway(1).presences.enter({ user: 'cleo', sessionId: 'tv' }, 'room', 5);
    await clock.advance(RETRIES_MS);
    expect(await world.present()).toEqual({ 'ann/phone': 1, 'ann/laptop': 4, 'bob/desk': 3, 'cleo/tv': 5 });
    expect(await world.occupancy()).toEqual({ users: 3, sessions: 4 });
  });

  it('who cannot be put back has left, and that is reported', async () => {
    const world = new PresenceWorld();
    const { presences, clock, backbone, link } = world;
    await presences.enter(phone, 'room', 1);
    await presences.enter(bob, 'room', 1);
    await clock.settle();
    await backbone.close();
    const refusal = new ProtocolError('OVERLOADED', 'full');
    link.fail('publish', refusal, { times: 1_000, of: ({ key }) => key === 'ann/phone' });
    await presences.update(bob, 'room', 2);
    await clock.advance(RETRIES_MS);
    expect(await world.occupancy()).toEqual({ users: 1, sessions: 1 });
    presences.end('desk');
    await clock.settle();
    expect(world.internalErrors).toContain(refusal);
    expect(await outcome(presences.update(phone, 'room', 2))).toBe('NOT_PRESENT');
    expect(world.leftovers()).toEqual(NOTHING_LEFT);
  });

  it('a topic that cannot be joined is told to who wants to enter, and leaves nothing behind', async () => {
    for (const method of ['subscribe', 'snapshot'] as const) {
      const world = new PresenceWorld();
      world.link.fail(method, new LinkError());
      await expect(world.presences.enter(phone, 'room', 1)).rejects.toBeInstanceOf(LinkError);
      await world.clock.advance(RETRIES_MS);
      expect(world.leftovers()).toEqual(NOTHING_LEFT);
      expect(await outcome(world.presences.enter(phone, 'room', 1))).toBe('ok');
      expect(await world.present()).toEqual({ 'ann/phone': 1 });
    }
  });
});
