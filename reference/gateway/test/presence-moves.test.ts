import { describe, expect, it } from 'vitest';
import { LinkError } from './support/distant-backbone.ts';
import { bob, GRACE_MS, laptop, outcome, phone, RETRIES_MS } from './support/presence-members.ts';
import { PresenceWorld } from './support/presence-world.ts';

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
    // The next sign of life of the other one.
    expect(clock.timerCount).toBe(1);
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
