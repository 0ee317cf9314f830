import { describe, expect, it } from 'vitest';
import { occupancyTopicOf, presenceTopicOf } from '../src/core/derived-topics.ts';
import { bob, laptop, phone } from './support/presence-members.ts';
import { PresenceWorld } from './support/presence-world.ts';

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
    expect(world.gateway(1).link.openSubscriptions).toBe(2);
  });
});
