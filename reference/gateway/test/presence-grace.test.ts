import { describe, expect, it } from 'vitest';
import { LinkError } from './support/distant-backbone.ts';
import { bob, GRACE_MS, laptop, outcome, phone } from './support/presence-members.ts';
import { NOTHING_LEFT, PresenceWorld } from './support/presence-world.ts';

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
