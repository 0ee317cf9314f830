import { type JsonValue, ProtocolError } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { PRINCIPAL_NAME_PATTERN } from '../src/core/access.ts';
import { bob, laptop, outcome, phone } from './support/presence-members.ts';
import { NOTHING_LEFT, PresenceWorld } from './support/presence-world.ts';

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
    expect(new Set(publishers).size).toBe(3);
    for (const publisher of publishers) expect(publisher).not.toMatch(new RegExp(PRINCIPAL_NAME_PATTERN));
  });

  it('leaves nothing behind when everybody has left', async () => {
    const world = new PresenceWorld({ delayMsMax: 20 });
    const { presences, clock } = world;
    const done = Promise.all([presences.enter(phone, 'room', 1), presences.enter(bob, 'hall', 1)]);
    await clock.advance(500);
    await done;
    expect(world.leftovers()).toMatchObject({ sessions: 2, topics: 2, subscriptions: 3 });
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
