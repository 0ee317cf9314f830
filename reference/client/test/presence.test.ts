import { describe, expect, it } from 'vitest';
import { ScriptedGateway, type ScriptedOptions } from './support/scripted-gateway.ts';
import { isWaiting, settled } from './support/settled.ts';

function ack(gateway: ScriptedGateway): void {
  const id = gateway.idOf('presence');
  gateway.send({ type: 'ack', id, messageId: 'p', status: 'ok', epoch: 'e', seqNo: 1 });
}

function refuse(gateway: ScriptedGateway, code: string): void {
  gateway.send({ type: 'error', id: gateway.idOf('presence'), code, message: 'No.', retry: false, topic: 'a' });
}

const said = (gateway: ScriptedGateway) => gateway.sent('presence').map(({ action, data }) => [action, data]);

async function entered(options: ScriptedOptions = {}) {
  const gateway = await ScriptedGateway.ready(options);
  const presence = gateway.client.presence('a');
  const entering = presence.enter({ typing: false });
  await gateway.settle();
  ack(gateway);
  await settled(gateway, entering);
  return { gateway, presence };
}

describe('presence (§4.8)', () => {
  it('enters, updates and leaves', async () => {
    const { gateway, presence } = await entered();
    const updating = presence.update({ typing: true });
    await gateway.settle();
    ack(gateway);
    await settled(gateway, updating);
    const leaving = presence.leave();
    await gateway.settle();
    ack(gateway);
    await settled(gateway, leaving);
    const { type, id, topic } = { type: 'presence', id: expect.any(Number), topic: 'a' };
    expect(gateway.sent('presence')).toEqual([
      { type, id, topic, action: 'enter', data: { typing: false } },
      { type, id, topic, action: 'update', data: { typing: true } },
      { type, id, topic, action: 'leave' },
    ]);
  });

  it('that was not entered cannot be updated or left', async () => {
    const gateway = await ScriptedGateway.ready();
    const presence = gateway.client.presence('a');
    await expect(presence.update(1)).rejects.toMatchObject({ code: 'NOT_PRESENT', topic: 'a' });
    await expect(presence.leave()).rejects.toMatchObject({ code: 'NOT_PRESENT' });
    expect(gateway.sent('presence')).toEqual([]);
  });

  it('that is refused is not there', async () => {
    const gateway = await ScriptedGateway.ready();
    const presence = gateway.client.presence('a');
    const entering = presence.enter();
    await gateway.settle();
    refuse(gateway, 'ACL_DENIED');
    await expect(settled(gateway, entering)).rejects.toMatchObject({ code: 'ACL_DENIED' });
    await expect(presence.update(1)).rejects.toMatchObject({ code: 'NOT_PRESENT' });
    await expect(presence.enter(Number.NaN)).rejects.toMatchObject({ code: 'INVALID_FIELD' });
  });

  it('whose update is refused stays as it was', async () => {
    const { gateway, presence } = await entered();
    const updating = presence.update(2);
    await gateway.settle();
    refuse(gateway, 'RATE_LIMITED');
    await expect(settled(gateway, updating)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await gateway.cut();
    await gateway.accept({ sessionId: 's2' });
    expect(said(gateway)).toEqual([['enter', { typing: false }]]);
  });

  it('is entered again after a reconnect that began a new session', async () => {
    const { gateway } = await entered();
    await gateway.cut();
    await gateway.accept({ sessionId: 's2' });
    expect(said(gateway)).toEqual([['enter', { typing: false }]]);
  });

  it('is left alone by a session that was resumed in time, and entered again by one that was not', async () => {
    const { gateway } = await entered();
    await gateway.cut();
    await gateway.accept();
    expect(said(gateway)).toEqual([]);
    gateway.dials = 'hang';
    await gateway.clock.advance(5_000);
    gateway.close(1006);
    await gateway.clock.advance(20_000);
    gateway.dials = 'accept';
    await gateway.redialled();
    await gateway.accept();
    expect(said(gateway)).toEqual([['enter', { typing: false }]]);
  });

  it('says the last word of a time without a connection on the next one', async () => {
    const { gateway, presence } = await entered();
    gateway.close(1006);
    await gateway.settle();
    const words = [presence.update(1), presence.update(2), gateway.client.presence('a').enter(3)];
    for (const word of words) expect(await isWaiting(gateway, word)).toBe(true);
    await gateway.redialled();
    await gateway.accept();
    expect(said(gateway)).toEqual([['enter', 3]]);
    ack(gateway);
    await settled(gateway, Promise.all(words));
  });

  it('says again what was not answered when the link was lost', async () => {
    const { gateway, presence } = await entered();
    const updating = presence.update(2);
    await gateway.settle();
    await gateway.cut();
    await gateway.accept();
    expect(said(gateway)).toEqual([['enter', 2]]);
    ack(gateway);
    await settled(gateway, updating);
  });

  it('leaves on the next connection of the same session, and need not in a new one', async () => {
    for (const sessionId of ['s1', 's2']) {
      const { gateway, presence } = await entered();
      gateway.close(1006);
      await gateway.settle();
      const leaving = presence.leave();
      await gateway.redialled();
      await gateway.accept({ sessionId });
      expect(said(gateway)).toEqual(sessionId === 's1' ? [['leave', undefined]] : []);
      if (sessionId === 's1') ack(gateway);
      await settled(gateway, leaving);
      await gateway.cut();
      await gateway.accept({ sessionId: 's3' });
      expect(said(gateway)).toEqual([]);
    }
  });

  it('that cannot be entered again is told to onError, and not tried any more', async () => {
    const errors: Error[] = [];
    const { gateway, presence } = await entered({ onError: (error) => errors.push(error) });
    await gateway.cut();
    await gateway.accept({ sessionId: 's2' });
    refuse(gateway, 'ACL_DENIED');
    await gateway.settle();
    expect(errors).toMatchObject([{ code: 'ACL_DENIED' }]);
    await expect(presence.leave()).rejects.toMatchObject({ code: 'NOT_PRESENT' });
  });

  it('that waits for a connection is told when there will be none', async () => {
    const { gateway, presence } = await entered();
    gateway.close(1006);
    await gateway.settle();
    const updating = expect(presence.update(1)).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    await settled(gateway, gateway.client.close());
    await updating;
    await expect(presence.enter()).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  });
});
