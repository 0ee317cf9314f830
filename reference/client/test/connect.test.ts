import { describe, expect, it } from 'vitest';
import type { Client } from '../src/index.ts';
import { ScriptedGateway } from './support/scripted-gateway.ts';
import { isWaiting, settled } from './support/settled.ts';

const once = { reconnect: false } as const;

describe('connect (§4.1)', () => {
  it('sends setup with the token and the name, first and once', async () => {
    const gateway = await ScriptedGateway.ready({ token: 't', client: { name: 'n', version: '2' } });
    expect(gateway.received).toEqual([{ type: 'setup', protocol: 1, token: 't', client: { name: 'n', version: '2' } }]);
  });

  it('leaves out what was not given', async () => {
    expect((await ScriptedGateway.ready()).received).toEqual([{ type: 'setup', protocol: 1 }]);
  });

  it('is ready when the gateway says so, and shows what the gateway said', async () => {
    const gateway = new ScriptedGateway();
    expect(gateway.client.state).toBe('connecting');
    expect(() => gateway.client.ready).toThrow(expect.objectContaining({ code: 'CONNECTION_CLOSED' }));
    const opening = gateway.client.open();
    await gateway.accept();
    expect(await settled(gateway, opening)).toBe(gateway.client);
    expect(gateway.client.state).toBe('ready');
    expect(gateway.client.ready).toMatchObject({ gateway: 'scripted', durability: 'memory' });
  });

  it('that is refused rejects with what it was refused for, and shows the close code (I1)', async () => {
    const gateway = new ScriptedGateway();
    const opening = gateway.client.open();
    await gateway.settle();
    gateway.send({ type: 'error', code: 'AUTH_FAILED', message: 'No.', retry: false });
    gateway.close(4004, 'No.');
    await expect(settled(gateway, opening)).rejects.toMatchObject({ name: 'ProtocolError', code: 'AUTH_FAILED' });
    expect(await settled(gateway, gateway.client.closed)).toMatchObject({ code: 4004, error: { code: 'AUTH_FAILED' } });
    expect(gateway.client.state).toBe('closed');
  });

  it('that is refused ends a connection that the gateway leaves open', async () => {
    const gateway = new ScriptedGateway();
    const opening = gateway.client.open();
    await gateway.settle();
    gateway.send({ type: 'error', code: 'AUTH_REQUIRED', message: 'No.', retry: false });
    await expect(settled(gateway, opening)).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
    expect(gateway.link.closes).toEqual([1000]);
  });

  it.each(['setup', 'dialling', 'the token'])('gives up after connectTimeoutMs while it waits for %s', async (what) => {
    const token = what === 'the token' ? () => new Promise<string>(() => {}) : 't';
    const gateway = new ScriptedGateway({ connectTimeoutMs: 700, token });
    if (what === 'dialling') gateway.dials = 'hang';
    const opening = gateway.client.open();
    expect(await isWaiting(gateway, opening)).toBe(true);
    await gateway.clock.advance(699);
    expect(await isWaiting(gateway, opening)).toBe(true);
    await gateway.clock.advance(1);
    await expect(opening).rejects.toMatchObject({ name: 'ConnectTimeoutError', code: 'CONNECT_TIMEOUT' });
    await gateway.settle();
    expect(gateway.links.flatMap(({ closes }) => closes)).toEqual(what === 'setup' ? [1000] : []);
    expect(gateway.client.state).toBe('closed');
    expect(gateway.clock.timerCount).toBe(0);
  });

  it('closes a connection that was dialled too late', async () => {
    const gateway = new ScriptedGateway({ connectTimeoutMs: 100 });
    gateway.dials = 'hang';
    const refused = expect(gateway.client.open()).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
    await gateway.clock.advance(100);
    await refused;
    gateway.answerDials();
    await gateway.settle();
    expect(gateway.received).toEqual([]);
    expect(gateway.link.closes).toEqual([1000]);
  });

  it('in time leaves only the timer that watches the gateway, and none after the end', async () => {
    const gateway = await ScriptedGateway.ready();
    expect(gateway.clock.timerCount).toBe(1);
    await settled(gateway, gateway.client.close());
    expect(gateway.clock.timerCount).toBe(0);
  });

  it('gives up a gateway that is silent for two heartbeats, and tells every waiting call (§5.12)', async () => {
    const gateway = await ScriptedGateway.ready(once);
    const { heartbeatMs } = gateway.client.ready;
    const told = expect(gateway.client.publish('a', 1)).rejects.toMatchObject({
      code: 'CONNECTION_CLOSED',
      closeCode: 1006,
    });
    await gateway.settle();
    await gateway.clock.advance(heartbeatMs * 2 - 1);
    expect(gateway.client.state).toBe('ready');
    await gateway.clock.advance(1);
    await told;
    expect(gateway.client.state).toBe('closed');
  });

  it('does not give up a gateway that says something now and then', async () => {
    const gateway = await ScriptedGateway.ready(once);
    const { heartbeatMs } = gateway.client.ready;
    for (let beat = 0; beat < 5; beat++) {
      await gateway.clock.advance(heartbeatMs * 1.5);
      gateway.send({ type: 'ping', time: gateway.clock.now() });
      await gateway.settle();
    }
    expect(gateway.client.state).toBe('ready');
  });

  it('waits for a gateway with a heartbeat that no timer can wait for, and for one without', async () => {
    for (const heartbeatMs of [0, 2 ** 40]) {
      const gateway = new ScriptedGateway(once);
      void gateway.client.open();
      await gateway.accept({ heartbeatMs });
      await gateway.clock.advance(100_000);
      expect(gateway.client.state).toBe('ready');
    }
  });

  it('rejects when the connection ends before ready, with its code, and leaves no timer behind', async () => {
    const gateway = new ScriptedGateway();
    const opening = gateway.client.open();
    await gateway.settle();
    gateway.close(4101, 'full');
    await expect(settled(gateway, opening)).rejects.toMatchObject({
      name: 'ConnectionClosedError',
      code: 'CONNECTION_CLOSED',
      closeCode: 4101,
      message: expect.stringContaining('full'),
    });
    expect(gateway.clock.timerCount).toBe(0);
  });

  it('rejects with what dialling failed for', async () => {
    const gateway = new ScriptedGateway();
    gateway.dials = new Error('nobody there');
    await expect(settled(gateway, gateway.client.open())).rejects.toThrow('nobody there');
    expect(await settled(gateway, gateway.client.closed)).toMatchObject({ code: 1006 });
  });

  it('twice rejects, and does no harm', async () => {
    const gateway = await ScriptedGateway.ready();
    await expect(gateway.client.open()).rejects.toThrow('opened once');
    expect(gateway.client.state).toBe('ready');
  });

  it.each([
    ['connectTimeoutMs', { connectTimeoutMs: 0 }],
    ['publishQueueMax', { publishQueueMax: 1.5 }],
    ['reconnect.attemptsMax', { reconnect: { attemptsMax: -1 } }],
  ])('with a %s that is no bound throws RangeError', (name, options) => {
    expect(() => new ScriptedGateway(options)).toThrow(new RegExp(`${name} must be a whole number`));
  });

  it.each([
    ['subscribe', (client: Client): Promise<unknown> => client.subscribe('a')],
    ['publish', (client: Client): Promise<unknown> => client.publish('a', 1)],
    ['presence', (client: Client): Promise<unknown> => client.presence('a').enter()],
    ['refresh', (client: Client): Promise<unknown> => client.refresh('t')],
  ])('%s before ready rejects and sends nothing', async (_title, act) => {
    const gateway = new ScriptedGateway();
    await expect(settled(gateway, act(gateway.client))).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    expect(gateway.links).toEqual([]);
  });
});

describe('the end of a connection, without reconnect', () => {
  it('close ends it with 1000, and resolves when it has ended', async () => {
    const gateway = await ScriptedGateway.ready();
    await settled(gateway, gateway.client.close());
    expect(gateway.client.state).toBe('closed');
    expect(gateway.link.closes).toEqual([1000]);
    const closed = await gateway.client.closed;
    expect(closed).toEqual({ code: 1000, reason: '', goodbye: undefined, error: undefined });
    await settled(gateway, gateway.client.close());
  });

  it('close rejects what waits, and ends subscriptions without an error', async () => {
    const gateway = await ScriptedGateway.ready();
    const ends: (Error | undefined)[] = [];
    const subscription = await gateway.subscribed('a', 0, { onEnd: (error) => ends.push(error) });
    const next = subscription[Symbol.asyncIterator]().next();
    const refused = expect(gateway.client.publish('a', 1)).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    await settled(gateway, gateway.client.close());
    await refused;
    expect(await next).toEqual({ done: true, value: undefined });
    expect(ends).toEqual([undefined]);
    await settled(gateway, subscription.close());
  });

  it('shows the goodbye of a gateway that shuts down, with its reconnect window (§5.13)', async () => {
    const gateway = await ScriptedGateway.ready(once);
    const goodbye = { type: 'goodbye', code: 4200, reason: 'Maintenance.', reconnectMaxMs: 5_000 } as const;
    gateway.send(goodbye);
    gateway.close(4200, 'Maintenance.');
    const closed = await settled(gateway, gateway.client.closed);
    expect(closed).toMatchObject({ code: 4200, reason: 'Maintenance.', goodbye, error: { closeCode: 4200 } });
  });

  it('rejects every call that waits and ends every subscription with ConnectionClosedError', async () => {
    const gateway = await ScriptedGateway.ready(once);
    const subscription = await gateway.subscribed('a', 0);
    const next = subscription[Symbol.asyncIterator]().next();
    const waiting = [next, gateway.client.publish('a', 1), gateway.client.subscribe('b')];
    const outcomes = Promise.allSettled(waiting);
    await gateway.settle();
    gateway.close(1006);
    await gateway.settle();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'CONNECTION_CLOSED', closeCode: 1006 } });
    }
    await expect(settled(gateway, gateway.client.publish('a', 1))).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    expect(gateway.dialCount).toBe(1);
  });
});

describe('what the client cannot use', () => {
  it('a frame that it does not understand goes to onError and does no harm', async () => {
    const errors: Error[] = [];
    const gateway = await ScriptedGateway.ready({ onError: (error) => errors.push(error) });
    gateway.sendBody('{');
    gateway.sendBody('{"type":"later"}');
    gateway.send({ type: 'ping', time: 1 });
    await gateway.settle();
    expect(errors).toMatchObject([{ code: 'MALFORMED_FRAME' }, { code: 'UNKNOWN_TYPE' }]);
    expect(gateway.request.type).toBe('pong');
  });

  it('an error that answers no call goes to onError, an unknown code as INTERNAL', async () => {
    const errors: Error[] = [];
    const gateway = await ScriptedGateway.ready({ onError: (error) => errors.push(error) });
    gateway.send({ type: 'error', code: 'ACL_DENIED', message: 'No.', retry: false, topic: 'a' });
    gateway.send({ type: 'error', id: 77, code: 'BRAND_NEW', message: 'New.', retry: true, afterMs: 5 });
    await gateway.settle();
    expect(errors).toMatchObject([
      { code: 'ACL_DENIED', message: 'No.', topic: 'a' },
      { code: 'INTERNAL', message: 'New.', afterMs: 5 },
    ]);
  });

  it('an answer to nothing does no harm', async () => {
    const gateway = await ScriptedGateway.ready();
    gateway.send({ type: 'ack', id: 99, messageId: 'm', status: 'ok', epoch: 'e', seqNo: 1 });
    gateway.send({ type: 'unsubscribed', topic: 'never', reason: 'lagged' });
    gateway.begin('never', 3);
    gateway.send({ type: 'snapshot', topic: 'never', seqNo: 3, entries: [], last: true });
    gateway.send({ type: 'live', topic: 'never', seqNo: 3 });
    gateway.send({ type: 'live', id: 12, topic: 'never', seqNo: 3 });
    gateway.send({ type: 'head', topic: 'never', epoch: 'e', seqNo: 3 });
    gateway.send({ type: 'health', topic: 'never', state: 'ok', lagMs: 3 });
    gateway.send({ type: 'lagged', topic: 'never', fromSeqNo: 3, toSeqNo: 4, why: '' });
    gateway.message('never', 0, 1);
    await gateway.settle();
    expect(gateway.client.state).toBe('ready');
  });

  it('answers ping with its time, without the program (§4.11)', async () => {
    const gateway = await ScriptedGateway.ready();
    gateway.send({ type: 'ping', time: 42.5 });
    await gateway.settle();
    expect(gateway.request).toEqual({ type: 'pong', time: 42.5 });
  });

  it('a function of the program that throws does no harm, and its error is not swallowed', async () => {
    const gateway = await ScriptedGateway.ready();
    const subscription = await gateway.subscribed('a', 0, {
      onMessage: ({ seqNo }) => {
        if (seqNo === 1) throw new Error('of the program');
      },
    });
    gateway.message('a', 0, 1);
    gateway.message('a', 1, 2);
    await expect(gateway.settle()).rejects.toThrow('of the program');
    expect(subscription.position.seqNo).toBe(2);
  });
});
