import { StaticPolicy } from '@micro-socket/gateway';
import type { JsonValue } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { World } from '../../gateway/test/support/world.ts';
import { connected, isWaiting, settled } from './support/connected.ts';
import { ScriptedGateway } from './support/scripted-gateway.ts';

describe.each(['json', 'msgpack'] as const)('publish in %s (§4.4)', (encoding) => {
  it('resolves with the position of the message (I4)', async () => {
    const world = new World();
    const { client } = await connected(world, { encoding });
    const receipt = await settled(world, client.publish('a', { price: 1 }));
    expect(receipt).toEqual({ status: 'ok', position: await world.memory.head('a') });
    expect(receipt.position.seqNo).toBe(1);
  });

  it('again with the same messageId is a duplicate at the same position (I2, §9.1)', async () => {
    const world = new World();
    const { client, cut } = await connected(world, { encoding, token: 'ann-token' });
    const first = await settled(world, client.publish('a', [1], { messageId: 'm1' }));
    cut();
    await world.settle();
    const { client: again } = await connected(world, { encoding, token: 'ann-token' });
    const second = await settled(world, again.publish('a', [1], { messageId: 'm1' }));
    expect(second).toEqual({ status: 'duplicate', position: first.position });
  });

  it('with a messageId of another payload rejects with MESSAGE_ID_CONFLICT (I2)', async () => {
    const world = new World();
    const { client } = await connected(world, { encoding });
    await settled(world, client.publish('a', 1, { messageId: 'm1' }));
    await expect(settled(world, client.publish('a', 2, { messageId: 'm1' }))).rejects.toMatchObject({
      name: 'ProtocolError',
      code: 'MESSAGE_ID_CONFLICT',
      retry: false,
    });
  });

  it('without the right to rejects with ACL_DENIED and the topic (I1)', async () => {
    const policy = new StaticPolicy({ anonymous: { allow: [] } });
    const world = new World({ policy });
    const { client } = await connected(world, { encoding });
    await expect(settled(world, client.publish('a', 1))).rejects.toMatchObject({ code: 'ACL_DENIED', topic: 'a' });
  });

  it('to something that is no topic rejects with INVALID_FIELD', async () => {
    const world = new World();
    const { client } = await connected(world, { encoding });
    await expect(settled(world, client.publish('a..b', 1))).rejects.toMatchObject({ code: 'INVALID_FIELD' });
  });

  it.each<[string, unknown]>([
    ['NaN', Number.NaN],
    ['infinity', [Number.POSITIVE_INFINITY]],
    ['undefined', undefined],
    ['a Date', new Date(0)],
    ['bytes', new Uint8Array([1])],
    ['the key __proto__', JSON.parse('{"__proto__":1}')],
    ['a lone surrogate', '\ud800'],
    ['a long text with a lone surrogate', `${'x'.repeat(100)}\ud800`],
  ])('of %s is refused with INVALID_FIELD, never delivered as something else (I7)', async (_title, payload) => {
    const world = new World();
    const { client } = await connected(world, { encoding });
    const publishing = client.publish('a', payload as JsonValue);
    await expect(settled(world, publishing)).rejects.toMatchObject({ code: 'INVALID_FIELD' });
    expect(await world.memory.read('a', { afterSeqNo: 0, limit: 1 })).toEqual([]);
  });
});

describe('publish', () => {
  it('makes a new messageId each time, a ULID', async () => {
    const gateway = await ScriptedGateway.ready();
    for (let at = 0; at < 2; at++) void gateway.client.publish('a', at).catch(() => {});
    await gateway.settle();
    const made = gateway.received.map((frame) => ('messageId' in frame ? frame.messageId : undefined)).slice(1);
    expect(new Set(made).size).toBe(2);
    for (const messageId of made) expect(messageId).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
  });

  it('answers are told apart by id, in whichever order they come', async () => {
    const gateway = await ScriptedGateway.ready();
    const [one, two] = [gateway.client.publish('a', 1), gateway.client.publish('b', 2)];
    await gateway.settle();
    const [, first, second] = gateway.received as { id: number; messageId: string }[];
    for (const [request, seqNo] of [
      [second, 20],
      [first, 10],
    ] as const) {
      const { id = 0, messageId = '' } = request ?? {};
      gateway.send({ type: 'ack', id, messageId, status: 'ok', epoch: 'e', seqNo });
    }
    expect((await settled(gateway, one)).position.seqNo).toBe(10);
    expect((await settled(gateway, two)).position.seqNo).toBe(20);
  });

  it('a frame beyond frameBytesMax is FRAME_TOO_LARGE before anything is sent, to the byte', async () => {
    const gateway = await ScriptedGateway.ready();
    const sent = gateway.received.length;
    const text = (bytes: number) => 'ö'.repeat(Math.floor(bytes / 2)) + 'x'.repeat(bytes % 2);
    const empty = Buffer.byteLength(
      JSON.stringify({ type: 'publish', id: 1, topic: 'a', messageId: 'm', payload: '' }),
    );
    const tooLarge = gateway.client.publish('a', text(301 - empty), { messageId: 'm' });
    await expect(settled(gateway, tooLarge)).rejects.toMatchObject({ code: 'FRAME_TOO_LARGE', retry: false });
    expect(gateway.received).toHaveLength(sent);
    void gateway.client.publish('a', text(300 - empty), { messageId: 'm' }).catch(() => {});
    await gateway.settle();
    expect(gateway.received).toHaveLength(sent + 1);
  });

  it('what was too large does not count as waiting', async () => {
    const gateway = await ScriptedGateway.ready();
    for (let at = 0; at < 5; at++) {
      await expect(settled(gateway, gateway.client.publish('a', 'x'.repeat(500)))).rejects.toMatchObject({
        code: 'FRAME_TOO_LARGE',
      });
    }
  });

  it('beyond unacknowledgedPublishesMax rejects with TOO_MANY_UNACKNOWLEDGED until an answer has come', async () => {
    const gateway = await ScriptedGateway.ready();
    const first = gateway.client.publish('a', 1, { messageId: 'm1' });
    const second = gateway.client.publish('a', 2, { messageId: 'm2' });
    await expect(settled(gateway, gateway.client.publish('a', 3))).rejects.toMatchObject({
      code: 'TOO_MANY_UNACKNOWLEDGED',
      retry: true,
    });
    expect(gateway.received).toHaveLength(3);
    const { id } = gateway.received[1] as { id: number };
    gateway.send({ type: 'ack', id, messageId: 'm1', status: 'ok', epoch: 'e', seqNo: 1 });
    await settled(gateway, first);
    const third = gateway.client.publish('a', 3);
    expect(await isWaiting(gateway, third)).toBe(true);
    const rest = Promise.allSettled([second, third]);
    gateway.close(1000);
    await gateway.settle();
    await rest;
  });

  it('that is refused for now tells when to retry', async () => {
    const gateway = await ScriptedGateway.ready();
    const publishing = gateway.client.publish('a', 1);
    await Promise.resolve();
    await isWaiting(gateway, publishing);
    gateway.send({
      type: 'error',
      id: gateway.request.id,
      code: 'OVERLOADED',
      message: 'Full.',
      retry: true,
      afterMs: 9,
    });
    await expect(settled(gateway, publishing)).rejects.toMatchObject({ code: 'OVERLOADED', retry: true, afterMs: 9 });
  });
});
