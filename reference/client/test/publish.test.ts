import type { ErrorFrameBody, JsonValue } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { ScriptedGateway, type ScriptedOptions } from './support/scripted-gateway.ts';
import { isWaiting, settled } from './support/settled.ts';

const once = { reconnect: false } as const;

/** The messageIds of the publishes on the newest connection, in the order in which they came. */
const published = (gateway: ScriptedGateway) => gateway.sent('publish').map(({ messageId }) => messageId);

function ack(gateway: ScriptedGateway, messageId: string, seqNo = 1, status: 'ok' | 'duplicate' = 'ok'): void {
  const { id } = gateway.sent('publish').findLast((frame) => frame.messageId === messageId) ?? { id: -1 };
  gateway.send({ type: 'ack', id, messageId, status, epoch: 'e', seqNo });
}

function refuse(gateway: ScriptedGateway, messageId: string, more: Partial<ErrorFrameBody> = {}): void {
  const { id } = gateway.sent('publish').findLast((frame) => frame.messageId === messageId) ?? { id: -1 };
  gateway.send({ type: 'error', id, code: 'OVERLOADED', message: 'Full.', retry: true, ...more });
}

/** Publishes m1, m2 … one after the other, and settles with what became of them. */
function publishAll(gateway: ScriptedGateway, count: number): Promise<PromiseSettledResult<unknown>[]> {
  const all = Array.from({ length: count }, (_, at) => gateway.client.publish('a', at, { messageId: `m${at + 1}` }));
  return Promise.allSettled(all);
}

async function withLimit(unacknowledgedPublishesMax: number, options: ScriptedOptions = {}): Promise<ScriptedGateway> {
  const gateway = new ScriptedGateway(options);
  void gateway.client.open();
  const limits = { frameBytesMax: 1_000, topicsPerConnectionMax: 10, unacknowledgedPublishesMax };
  await gateway.accept({ limits });
  return gateway;
}

describe.each(['json', 'msgpack'] as const)('publish in %s (§4.4)', (encoding) => {
  it('carries what was given and nothing else, and resolves with the position (I4)', async () => {
    const gateway = await ScriptedGateway.ready({ encoding });
    const options = { messageId: 'm1', key: 'k', ref: 'm0', expectSeqNo: 4, ttlMs: 500 };
    const publishing = [gateway.client.publish('a', { n: 1 }, options), gateway.client.publish('b', null)];
    await gateway.settle();
    const { type, id } = { type: 'publish', id: expect.any(Number) };
    expect(gateway.sent('publish')).toEqual([
      { type, id, topic: 'a', payload: { n: 1 }, ...options },
      { type, id, topic: 'b', payload: null, messageId: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/) },
    ]);
    ack(gateway, 'm1', 5, 'duplicate');
    expect(await settled(gateway, publishing[0] as Promise<unknown>)).toEqual({
      status: 'duplicate',
      position: { epoch: 'e', seqNo: 5, messageId: 'm1' },
    });
  });

  it('signs what it carries with signWith (§10, I7)', async () => {
    const gateway = await ScriptedGateway.ready({ encoding });
    const asked: unknown[] = [];
    const signature = { alg: 'HS256', keyId: 'k', value: 'v' };
    void gateway.client.publish(
      'a',
      { n: 1 },
      {
        messageId: 'm1',
        key: 'eurusd',
        signWith: (message) => {
          asked.push(message);
          return signature;
        },
      },
    );
    await gateway.settle();
    expect(asked).toEqual([{ topic: 'a', messageId: 'm1', payload: { n: 1 }, key: 'eurusd', ref: undefined }]);
    expect(gateway.request).toMatchObject({ messageId: 'm1', signature });
  });

  it.each<[string, unknown]>([
    ['NaN', Number.NaN],
    ['infinity', [Number.POSITIVE_INFINITY]],
    ['undefined', undefined],
    ['a Date', new Date(0)],
    ['bytes', new Uint8Array([1])],
    ['the key __proto__', JSON.parse('{"__proto__":1}')],
    ['a lone surrogate', '\ud800'],
  ])('of %s is refused with INVALID_FIELD, never delivered as something else (I7)', async (_title, payload) => {
    const gateway = await ScriptedGateway.ready({ encoding });
    await expect(gateway.client.publish('a', payload as JsonValue)).rejects.toMatchObject({ code: 'INVALID_FIELD' });
    await expect(gateway.client.publish('a', 1, { key: '\ud800' })).rejects.toMatchObject({ code: 'INVALID_FIELD' });
    expect(gateway.sent('publish')).toEqual([]);
  });
});

describe('publish', () => {
  it('makes a new messageId each time, a ULID', async () => {
    const gateway = await ScriptedGateway.ready();
    for (let at = 0; at < 2; at++) void gateway.client.publish('a', at);
    await gateway.settle();
    expect(new Set(published(gateway)).size).toBe(2);
  });

  it('answers are told apart by id, in whichever order they come', async () => {
    const gateway = await ScriptedGateway.ready();
    const [one, two] = [
      gateway.client.publish('a', 1, { messageId: 'm1' }),
      gateway.client.publish('b', 2, { messageId: 'm2' }),
    ];
    await gateway.settle();
    ack(gateway, 'm2', 20);
    ack(gateway, 'm1', 10);
    expect((await settled(gateway, one)).position.seqNo).toBe(10);
    expect((await settled(gateway, two)).position.seqNo).toBe(20);
  });

  it('a frame beyond frameBytesMax is FRAME_TOO_LARGE before anything is sent, to the byte', async () => {
    const gateway = await ScriptedGateway.ready();
    const text = (bytes: number) => 'ö'.repeat(Math.floor(bytes / 2)) + 'x'.repeat(bytes % 2);
    const empty = Buffer.byteLength(
      JSON.stringify({ type: 'publish', id: 1, topic: 'a', messageId: 'm', payload: '' }),
    );
    const tooLarge = gateway.client.publish('a', text(1_001 - empty), { messageId: 'm' });
    await expect(settled(gateway, tooLarge)).rejects.toMatchObject({ code: 'FRAME_TOO_LARGE', retry: false });
    void gateway.client.publish('a', text(1_000 - empty), { messageId: 'm' });
    await gateway.settle();
    expect(gateway.sent('publish')).toHaveLength(1);
  });

  it('keeps what was asked for, whatever the program does to the payload afterwards (I7)', async () => {
    const gateway = await withLimit(1);
    const payload = { n: 1 };
    void gateway.client.publish('a', 0);
    void gateway.client.publish('a', payload, { messageId: 'm1' });
    payload.n = 2;
    await gateway.settle();
    await gateway.cut();
    await gateway.accept();
    expect(gateway.sent('publish').at(-1)).toMatchObject({ messageId: 'm1', payload: { n: 1 } });
  });

  it('that is refused for good rejects, and others go on', async () => {
    const gateway = await ScriptedGateway.ready();
    const all = publishAll(gateway, 3);
    await gateway.settle();
    refuse(gateway, 'm1', { code: 'ACL_DENIED', retry: false, topic: 'a' });
    refuse(gateway, 'm2', { code: 'BRAND_NEW', retry: false });
    await gateway.settle();
    ack(gateway, 'm3');
    await gateway.settle();
    expect(await all).toMatchObject([
      { reason: { code: 'ACL_DENIED', topic: 'a' } },
      { reason: { code: 'INTERNAL' } },
      { value: { status: 'ok' } },
    ]);
  });
});

describe('publishes beyond what the gateway allows', () => {
  it('wait for their turn, and other requests do not count', async () => {
    const gateway = await ScriptedGateway.ready();
    void publishAll(gateway, 4);
    void gateway.client.subscribe('a').catch(() => {});
    await gateway.settle();
    expect(published(gateway)).toEqual(['m1', 'm2']);
    expect(gateway.sent('subscribe')).toHaveLength(1);
    ack(gateway, 'm1');
    await gateway.settle();
    expect(published(gateway)).toEqual(['m1', 'm2', 'm3']);
  });

  it('are at most publishQueueMax; one more rejects with PUBLISH_QUEUE_FULL and is not kept', async () => {
    const gateway = await ScriptedGateway.ready({ publishQueueMax: 2 });
    const all = publishAll(gateway, 5);
    await gateway.settle();
    for (const messageId of ['m1', 'm2', 'm3', 'm4']) {
      ack(gateway, messageId);
      await gateway.settle();
    }
    expect((await all).map(({ status }) => status)).toEqual([...Array(4).fill('fulfilled'), 'rejected']);
    expect((await all).at(-1)).toMatchObject({ reason: { code: 'PUBLISH_QUEUE_FULL' } });
    expect(published(gateway)).toEqual(['m1', 'm2', 'm3', 'm4']);
  });

  it('without reconnect reject with TOO_MANY_UNACKNOWLEDGED until an answer has come', async () => {
    const gateway = await ScriptedGateway.ready(once);
    const first = publishAll(gateway, 2);
    await expect(gateway.client.publish('a', 3)).rejects.toMatchObject({
      code: 'TOO_MANY_UNACKNOWLEDGED',
      retry: true,
    });
    await gateway.settle();
    ack(gateway, 'm1');
    await gateway.settle();
    const third = gateway.client.publish('a', 3, { messageId: 'm3' });
    expect(await isWaiting(gateway, third)).toBe(true);
    const lost = expect(third).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    gateway.close(1000);
    await gateway.settle();
    await lost;
    expect((await first).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it('are fewer with publishesInFlightMax', async () => {
    const gateway = await ScriptedGateway.ready({ publishesInFlightMax: 1 });
    void publishAll(gateway, 2);
    await gateway.settle();
    expect(published(gateway)).toEqual(['m1']);
  });
});

describe('a publish without an answer (§9.1)', () => {
  it('is sent again after a lost link, the same in everything, in order, and before what waited (I2)', async () => {
    const gateway = await ScriptedGateway.ready();
    const all = publishAll(gateway, 4);
    await gateway.settle();
    const [first, second] = gateway.sent('publish');
    await gateway.cut();
    await gateway.accept();
    expect(gateway.sent('publish')).toEqual([first, second]);
    expect(gateway.client.stats().publishesSentAgain).toBe(2);
    for (const messageId of ['m1', 'm2', 'm3', 'm4']) {
      ack(gateway, messageId, 7, 'duplicate');
      await gateway.settle();
    }
    expect(published(gateway)).toEqual(['m1', 'm2', 'm3', 'm4']);
    expect((await all).every(({ status }) => status === 'fulfilled')).toBe(true);
  });

  it('waits while there is no connection, as do those that are asked for meanwhile', async () => {
    const gateway = await ScriptedGateway.ready();
    gateway.close(4100);
    await gateway.settle();
    const publishing = gateway.client.publish('a', 1, { messageId: 'm1' });
    expect(await isWaiting(gateway, publishing)).toBe(true);
    await gateway.redialled();
    await gateway.accept();
    ack(gateway, 'm1');
    expect((await settled(gateway, publishing)).status).toBe('ok');
    expect(gateway.client.stats().publishesSentAgain).toBe(0);
  });

  it('is given up after publishTimeoutMs, and says whether it may be stored', async () => {
    const gateway = await withLimit(1, { publishTimeoutMs: 2_000 });
    const all = publishAll(gateway, 2);
    await gateway.clock.advance(1_500);
    const late = gateway.client.publish('a', 3, { messageId: 'm3' });
    expect(await isWaiting(gateway, all)).toBe(true);
    await gateway.clock.advance(500);
    expect(await all).toMatchObject([
      { reason: { code: 'PUBLISH_TIMEOUT', messageId: 'm1', mayBeStored: true } },
      { reason: { code: 'PUBLISH_TIMEOUT', messageId: 'm2', mayBeStored: false } },
    ]);
    expect(await isWaiting(gateway, late)).toBe(true);
    expect(published(gateway)).toEqual(['m1']);
    ack(gateway, 'm1');
    await gateway.settle();
    ack(gateway, 'm3');
    expect((await settled(gateway, late)).status).toBe('ok');
    await gateway.clock.advance(60_000);
  });

  it('is waited for for ever with publishTimeoutMs: 0, also beyond the dedup window', async () => {
    const gateway = await ScriptedGateway.ready({ publishTimeoutMs: 0 });
    const all = publishAll(gateway, 1);
    await gateway.settle();
    gateway.dials = 'hang';
    gateway.close(1006);
    await gateway.clock.advance(1_000_000);
    gateway.dials = 'accept';
    await gateway.redialled();
    await gateway.accept();
    expect(published(gateway)).toEqual(['m1']);
    ack(gateway, 'm1');
    await gateway.settle();
    expect(await all).toMatchObject([{ status: 'fulfilled' }]);
  });

  it('is not sent again once the gateway may have forgotten its messageId (I2)', async () => {
    const gateway = new ScriptedGateway({ publishTimeoutMs: 100_000 });
    void gateway.client.open();
    await gateway.accept({ dedupWindowMs: 5_000 });
    const all = publishAll(gateway, 1);
    await gateway.settle();
    gateway.dials = 'hang';
    gateway.close(1006);
    await gateway.clock.advance(20_000);
    gateway.dials = 'accept';
    await gateway.redialled();
    await gateway.accept({ dedupWindowMs: 5_000 });
    expect(published(gateway)).toEqual([]);
    expect(await all).toMatchObject([{ reason: { code: 'PUBLISH_TIMEOUT', mayBeStored: true } }]);
  });

  it('without reconnect rejects with the end of the connection, and the same messageId may be used again', async () => {
    const gateway = await ScriptedGateway.ready(once);
    const lost = expect(gateway.client.publish('a', 1)).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    await gateway.settle();
    gateway.close(4100);
    await gateway.settle();
    await lost;
  });
});

describe('a publish that is refused for now (§4.4)', () => {
  it('is sent again with its messageId, not before the gateway said', async () => {
    const gateway = await ScriptedGateway.ready();
    const all = publishAll(gateway, 1);
    await gateway.settle();
    refuse(gateway, 'm1', { code: 'RATE_LIMITED', afterMs: 900 });
    await gateway.clock.advance(899);
    expect(published(gateway)).toEqual(['m1']);
    await gateway.clock.advance(500);
    expect(published(gateway)).toEqual(['m1', 'm1']);
    ack(gateway, 'm1');
    await gateway.settle();
    expect(await all).toMatchObject([{ status: 'fulfilled' }]);
  });

  it('makes the client send one at a time, in order, until nothing refused is left', async () => {
    const gateway = await withLimit(3);
    const all = publishAll(gateway, 6);
    await gateway.settle();
    expect(published(gateway)).toEqual(['m1', 'm2', 'm3']);
    refuse(gateway, 'm2');
    refuse(gateway, 'm1', { code: 'TOO_MANY_UNACKNOWLEDGED' });
    await gateway.clock.advance(1_000);
    expect(published(gateway).slice(3)).toEqual([]);
    ack(gateway, 'm3');
    await gateway.clock.advance(1_000);
    expect(published(gateway).slice(3)).toEqual(['m1']);
    refuse(gateway, 'm1', { code: 'INTERNAL' });
    await gateway.clock.advance(2_000);
    expect(published(gateway).slice(4)).toEqual(['m1']);
    ack(gateway, 'm1');
    await gateway.clock.advance(2_000);
    expect(published(gateway).slice(5)).toEqual(['m2']);
    ack(gateway, 'm2');
    await gateway.settle();
    expect(published(gateway).slice(6)).toEqual(['m4', 'm5', 'm6']);
    for (const messageId of ['m4', 'm5', 'm6']) ack(gateway, messageId);
    await gateway.settle();
    expect((await all).every(({ status }) => status === 'fulfilled')).toBe(true);
  });

  it('is given up after publishTimeoutMs as well, and is known not to be stored', async () => {
    const gateway = await ScriptedGateway.ready({ publishTimeoutMs: 1_000 });
    const all = publishAll(gateway, 1);
    await gateway.settle();
    refuse(gateway, 'm1', { afterMs: 5_000 });
    await gateway.clock.advance(1_000);
    expect(await all).toMatchObject([{ reason: { code: 'PUBLISH_TIMEOUT', mayBeStored: false } }]);
    await gateway.clock.advance(10_000);
    expect(published(gateway)).toEqual(['m1']);
  });

  it('without reconnect rejects, and tells when to retry', async () => {
    const gateway = await ScriptedGateway.ready(once);
    const publishing = gateway.client.publish('a', 1, { messageId: 'm1' });
    await isWaiting(gateway, publishing);
    refuse(gateway, 'm1', { afterMs: 9 });
    await expect(settled(gateway, publishing)).rejects.toMatchObject({ code: 'OVERLOADED', retry: true, afterMs: 9 });
  });
});

describe('a socket that does not drain', () => {
  it('gets no publish beyond sendBufferBytesMax until it has drained', async () => {
    const gateway = await withLimit(100, { sendBufferBytesMax: 2_000 });
    gateway.link.pause();
    const all = publishAll(gateway, 50);
    await gateway.settle();
    gateway.link.resume();
    await gateway.settle();
    const first = published(gateway).length;
    expect(first).toBeGreaterThan(10);
    expect(first).toBeLessThan(40);
    await gateway.clock.advance(1_000);
    expect(published(gateway)).toEqual(Array.from({ length: 50 }, (_, at) => `m${at + 1}`));
    for (const messageId of published(gateway)) ack(gateway, messageId);
    await gateway.settle();
    expect((await all).every(({ status }) => status === 'fulfilled')).toBe(true);
  });

  it('goes on as soon as the connection says that it has drained', async () => {
    const gateway = await withLimit(100, { sendBufferBytesMax: 20_000 });
    gateway.link.pause();
    void Promise.allSettled(Array.from({ length: 50 }, () => gateway.client.publish('a', 'x'.repeat(800))));
    await gateway.settle();
    gateway.link.resume();
    await gateway.settle();
    expect(published(gateway)).toHaveLength(50);
  });
});
