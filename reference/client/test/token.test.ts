import { describe, expect, it } from 'vitest';
import { ScriptedGateway } from './support/scripted-gateway.ts';
import { settled } from './support/settled.ts';

const DAY_MS = 86_400_000;

/** A source of tokens t1, t2 … */
function source() {
  const given: string[] = [];
  return {
    given,
    token: async () => {
      given.push(`t${given.length + 1}`);
      return given.at(-1) ?? '';
    },
  };
}

async function ready(expiresAt: number, token: () => Promise<string>, onError?: (error: Error) => void) {
  const gateway = new ScriptedGateway(onError === undefined ? { token } : { token, onError });
  void gateway.client.open();
  // A gateway whose clock is far ahead of the client's.
  await gateway.accept({ time: 2e12, expiresAt: 2e12 + expiresAt, heartbeatMs: 0 });
  return gateway;
}

describe('a token (§4.1)', () => {
  it('is asked for at each setup', async () => {
    const { token } = source();
    const gateway = await ScriptedGateway.ready({ token });
    expect(gateway.received[0]).toMatchObject({ token: 't1' });
    await gateway.cut();
    expect(gateway.received[0]).toMatchObject({ token: 't2' });
    gateway.send({ type: 'error', code: 'SESSION_INVALID', message: 'Gone.', retry: false });
    await gateway.settle();
    expect(gateway.received.map((frame) => frame.type === 'setup' && frame.token)).toEqual(['t2', 't2']);
  });

  it('that cannot be had rejects connect, and later is tried for again', async () => {
    let fails = true;
    const token = () => {
      if (fails) throw new Error('no token');
      return 't';
    };
    await expect(new ScriptedGateway({ token }).client.open()).rejects.toThrow('no token');
    fails = false;
    const gateway = await ScriptedGateway.ready({ token });
    fails = true;
    gateway.close(1006);
    await gateway.clock.advance(2_000);
    expect(gateway.client.status).toMatchObject({ state: 'reconnecting', reason: { message: 'no token' } });
    fails = false;
    await gateway.redialled();
    await gateway.accept();
    expect(gateway.client.state).toBe('ready');
  });

  it('that has expired is replaced on the next connection when it comes from a function (§9.8)', async () => {
    const { token } = source();
    const gateway = await ScriptedGateway.ready({ token });
    await gateway.cut(4006);
    expect(gateway.received[0]).toMatchObject({ token: 't2', resume: { sessionId: 's1' } });
    await gateway.accept();
    expect(gateway.client.state).toBe('ready');
  });

  it('that was revoked is the end, also when it comes from a function (I1)', async () => {
    const gateway = await ScriptedGateway.ready({ token: source().token });
    gateway.close(4007);
    await gateway.settle();
    expect(gateway.client.status).toMatchObject({ state: 'closed', reason: { closeCode: 4007 } });
  });
});

describe('refresh (§4.9)', () => {
  it('gives the gateway a new token, which later connections use as well', async () => {
    const gateway = await ScriptedGateway.ready({ token: 'old' });
    const refreshing = gateway.client.refresh('new');
    await gateway.settle();
    expect(gateway.request).toEqual({ type: 'refresh', id: gateway.request.id, token: 'new' });
    gateway.send({ type: 'refreshed', id: gateway.request.id, expiresAt: 99 });
    expect(await settled(gateway, refreshing)).toBe(99);
    await gateway.cut();
    expect(gateway.received[0]).toMatchObject({ token: 'new' });
  });

  it('that is refused leaves the old token', async () => {
    const gateway = await ScriptedGateway.ready({ token: 'old' });
    const refreshing = gateway.client.refresh('bad');
    await gateway.settle();
    gateway.send({ type: 'error', id: gateway.request.id, code: 'AUTH_FAILED', message: 'No.', retry: false });
    await expect(settled(gateway, refreshing)).rejects.toMatchObject({ code: 'AUTH_FAILED' });
    await gateway.cut();
    expect(gateway.received[0]).toMatchObject({ token: 'old' });
  });

  it('happens by itself when most of the token’s life has passed, by the gateway’s clock, and again', async () => {
    const { token } = source();
    const gateway = await ready(100_000, token);
    await gateway.clock.advance(69_999);
    expect(gateway.sent('refresh')).toEqual([]);
    await gateway.clock.advance(10_001);
    expect(gateway.sent('refresh')).toMatchObject([{ token: 't2' }]);
    gateway.send({ type: 'refreshed', id: gateway.request.id, expiresAt: 2e12 + 200_000 });
    await gateway.settle();
    await gateway.clock.advance(60_000);
    expect(gateway.sent('refresh')).toHaveLength(1);
    await gateway.clock.advance(40_000);
    expect(gateway.sent('refresh')).toMatchObject([{ token: 't2' }, { token: 't3' }]);
    await settled(gateway, gateway.client.close());
    expect(gateway.clock.timerCount).toBe(0);
  });

  it('that fails by itself is told, and tried again in the time that is left', async () => {
    const errors: Error[] = [];
    const gateway = await ready(100_000, source().token, (error) => errors.push(error));
    await gateway.clock.advance(80_000);
    gateway.send({ type: 'error', id: gateway.request.id, code: 'AUTH_FAILED', message: 'No.', retry: false });
    await gateway.clock.advance(20_000);
    expect(errors).toMatchObject([{ code: 'AUTH_FAILED' }]);
    expect(gateway.sent('refresh').length).toBeGreaterThanOrEqual(2);
  });

  it('waits for a token that lives longer than any timer', async () => {
    const gateway = await ready(100 * DAY_MS, source().token);
    await gateway.clock.advance(69 * DAY_MS);
    expect(gateway.sent('refresh')).toEqual([]);
    await gateway.clock.advance(12 * DAY_MS);
    expect(gateway.sent('refresh')).toHaveLength(1);
  });

  it('is not tried by itself with a fixed token', async () => {
    const gateway = new ScriptedGateway({ token: 'fixed' });
    void gateway.client.open();
    await gateway.accept({ time: 0, expiresAt: 1_000, heartbeatMs: 0 });
    await gateway.clock.advance(10_000);
    expect(gateway.sent('refresh')).toEqual([]);
  });
});
