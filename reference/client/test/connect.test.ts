import { StaticPolicy } from '@micro-socket/gateway';
import { describe, expect, it } from 'vitest';
import { World } from '../../gateway/test/support/world.ts';
import type { Client } from '../src/index.ts';
import { connected, dialled, isWaiting, settled } from './support/connected.ts';
import { ScriptedGateway } from './support/scripted-gateway.ts';

const closedPolicy = new StaticPolicy({ users: [{ name: 'ann', token: 'ann-token', allow: [] }] });

describe.each(['json', 'msgpack'] as const)('connect in %s (§4.1)', (encoding) => {
  it('is ready when the gateway says so, and shows what the gateway said', async () => {
    const world = new World();
    const { client } = dialled(world, { encoding, client: { name: 'test', version: '1' } });
    expect(client.state).toBe('connecting');
    expect(() => client.ready).toThrow(expect.objectContaining({ code: 'CONNECTION_CLOSED' }));
    await settled(world, client.open());
    expect(client.state).toBe('ready');
    expect(client.ready).toMatchObject({ gateway: 'test-gateway', durability: 'memory' });
  });

  it('with a wrong token rejects with what it was refused for, and the connection ends (I1)', async () => {
    const world = new World({ policy: closedPolicy });
    const { client } = dialled(world, { encoding, token: 'guess' });
    await expect(settled(world, client.open())).rejects.toMatchObject({ name: 'ProtocolError', code: 'AUTH_FAILED' });
    expect(await settled(world, client.closed)).toMatchObject({ code: 4004 });
    expect(client.state).toBe('closed');
  });
});

describe('connect', () => {
  it('sends setup with the token and the name, first and once', async () => {
    const gateway = await ScriptedGateway.ready({ token: 't', client: { name: 'n', version: '2' } });
    expect(gateway.received).toEqual([{ type: 'setup', protocol: 1, token: 't', client: { name: 'n', version: '2' } }]);
  });

  it('leaves out what was not given', async () => {
    expect((await ScriptedGateway.ready()).received).toEqual([{ type: 'setup', protocol: 1 }]);
  });

  it('without a token where one is wanted rejects with AUTH_REQUIRED', async () => {
    const world = new World({ policy: closedPolicy });
    await expect(settled(world, dialled(world).client.open())).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
  });

  it('gives up after connectTimeoutMs with ConnectTimeoutError, and closes the connection', async () => {
    const gateway = new ScriptedGateway({ connectTimeoutMs: 700 });
    const opening = gateway.client.open();
    expect(await isWaiting(gateway, opening)).toBe(true);
    await gateway.clock.advance(699);
    expect(await isWaiting(gateway, opening)).toBe(true);
    await gateway.clock.advance(1);
    await expect(opening).rejects.toMatchObject({ name: 'ConnectTimeoutError', code: 'CONNECT_TIMEOUT' });
    await gateway.settle();
    expect(gateway.closes).toEqual([1000]);
    expect(gateway.client.state).toBe('closed');
  });

  it('in time leaves only the timer that watches the gateway, and none after the end', async () => {
    const gateway = await ScriptedGateway.ready();
    expect(gateway.clock.timerCount).toBe(1);
    gateway.close(1000);
    await gateway.settle();
    expect(gateway.clock.timerCount).toBe(0);
  });

  it('gives up a gateway that is silent for two heartbeats, and tells every waiting call (§5.8)', async () => {
    const gateway = await ScriptedGateway.ready();
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
    const gateway = await ScriptedGateway.ready();
    const { heartbeatMs } = gateway.client.ready;
    for (let beat = 0; beat < 5; beat++) {
      await gateway.clock.advance(heartbeatMs * 1.5);
      gateway.send({ type: 'ping', time: gateway.clock.now() });
      await gateway.settle();
    }
    expect(gateway.client.state).toBe('ready');
  });

  it('rejects when the connection ends before ready, with its code, and leaves no timer behind', async () => {
    const gateway = new ScriptedGateway();
    const opening = gateway.client.open();
    gateway.close(4101, 'full');
    await expect(settled(gateway, opening)).rejects.toMatchObject({
      name: 'ConnectionClosedError',
      code: 'CONNECTION_CLOSED',
      closeCode: 4101,
      message: expect.stringContaining('full'),
    });
    expect(gateway.clock.timerCount).toBe(0);
  });

  it('rejects at once when the connection has ended already', async () => {
    const gateway = new ScriptedGateway();
    gateway.close(1006);
    await gateway.settle();
    await expect(settled(gateway, gateway.client.open())).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  });

  it.each([
    ['subscribe', (client: Client): Promise<unknown> => client.subscribe('a')],
    ['publish', (client: Client): Promise<unknown> => client.publish('a', 1)],
  ])('%s before ready rejects and sends nothing', async (_title, act) => {
    const gateway = new ScriptedGateway();
    await expect(settled(gateway, act(gateway.client))).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    expect(gateway.received).toEqual([]);
  });
});

describe('the end of a connection', () => {
  it('close ends it with 1000, and resolves when it has ended', async () => {
    const world = new World();
    const { client } = await connected(world);
    await settled(world, client.close());
    expect(client.state).toBe('closed');
    expect(await client.closed).toEqual({ code: 1000, reason: '', goodbye: undefined });
    await settled(world, client.close());
    expect(world.gateway.stats().connections).toBe(0);
  });

  it('shows the goodbye of a gateway that shuts down, with its reconnect window (§5.9)', async () => {
    const world = new World();
    const { client } = await connected(world);
    world.gateway.drain('Maintenance.');
    expect(await settled(world, client.closed)).toEqual({
      code: 4200,
      reason: 'Maintenance.',
      goodbye: {
        type: 'goodbye',
        code: 4200,
        reason: 'Maintenance.',
        reconnectMinMs: 0,
        reconnectMaxMs: 5_000,
      },
    });
  });

  it('rejects every call that waits and ends every subscription with ConnectionClosedError', async () => {
    const gateway = await ScriptedGateway.ready();
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
  });

  it('answers ping with its time, without the program (§4.5)', async () => {
    const gateway = await ScriptedGateway.ready();
    gateway.send({ type: 'ping', time: 42.5 });
    await gateway.settle();
    expect(gateway.request).toEqual({ type: 'pong', time: 42.5 });
  });

  it('stays connected to a real gateway for as long as it answers', async () => {
    const world = new World({ limits: { heartbeatMs: 1_000, pongTimeoutMs: 100 } });
    const { client } = await connected(world);
    await world.clock.advance(20_000);
    expect(client.state).toBe('ready');
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
    gateway.message('never', 0, 1);
    await gateway.settle();
    expect(gateway.client.state).toBe('ready');
  });
});
