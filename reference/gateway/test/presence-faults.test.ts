import { ProtocolError } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { occupancyTopicOf } from '../src/core/derived-topics.ts';
import { LinkError } from './support/distant-backbone.ts';
import { bob, GRACE_MS, laptop, outcome, phone, RETRIES_MS } from './support/presence-members.ts';
import { NOTHING_LEFT, PresenceWorld } from './support/presence-world.ts';

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
