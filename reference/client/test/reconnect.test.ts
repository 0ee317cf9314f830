import type { Random } from '@micro-socket/transport';
import { AddressError, DialError } from '@micro-socket/transport';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { seededRandom } from '../../transport/test/support/seeded-random.ts';
import { backOffMs } from '../src/core/back-off.ts';
import { CLIENT_TRANSITIONS, type ClientStatus } from '../src/index.ts';
import { ScriptedGateway } from './support/scripted-gateway.ts';
import { isWaiting, settled } from './support/settled.ts';

/** Always the highest number, so that every wait is its ceiling. */
const highest: Random = { uint32: () => 2 ** 32 - 1 };
const refused = new DialError('ws://test', 'nobody there');

function watched(): { statuses: ClientStatus[]; onState: (status: ClientStatus) => void } {
  const statuses: ClientStatus[] = [];
  return { statuses, onState: (status) => void statuses.push(status) };
}

describe('a lost connection', () => {
  it.each([1006, 1001, 1011, 4100, 4101, 4102, 4103, 4150, 4300])('is made again after %i (§7)', async (code) => {
    const gateway = await ScriptedGateway.ready();
    await gateway.cut(code);
    expect(gateway.client.state).toBe('reconnecting');
    await gateway.accept();
    expect(gateway.client.state).toBe('ready');
    expect(gateway.client.stats().reconnects).toBe(1);
  });

  it.each([1000, 1002, 1007, 1008, 1009, 4000, 4001, 4003, 4004, 4005, 4006, 4007, 4042])(
    'is not made again after %i, and everyone is told (§7)',
    async (code) => {
      const gateway = await ScriptedGateway.ready({ token: 't' });
      const subscription = await gateway.subscribed('a', 0);
      const next = subscription[Symbol.asyncIterator]().next();
      const outcomes = Promise.allSettled([next, gateway.client.publish('a', 1)]);
      await gateway.settle();
      gateway.close(code, 'Enough.');
      await gateway.settle();
      for (const outcome of await outcomes) {
        expect(outcome).toMatchObject({ reason: { code: 'CONNECTION_CLOSED', closeCode: code } });
      }
      expect(gateway.client.status).toMatchObject({ state: 'closed', reason: { closeCode: code } });
      expect(await gateway.client.closed).toMatchObject({ code, reason: 'Enough.', error: { closeCode: code } });
      expect(gateway.clock.timerCount).toBe(0);
    },
  );

  it('by a silent gateway is made again', async () => {
    const gateway = await ScriptedGateway.ready();
    await gateway.clock.advance(50_000);
    expect(gateway.client.state).toBe('reconnecting');
    await gateway.redialled();
    await gateway.accept();
    expect(gateway.client.state).toBe('ready');
  });

  it('is not made again with reconnect: false', async () => {
    const gateway = await ScriptedGateway.ready({ reconnect: false });
    gateway.close(1006);
    await gateway.settle();
    await gateway.clock.advance(1_000_000);
    expect(gateway.dialCount).toBe(1);
    expect(gateway.client.state).toBe('closed');
  });
});

describe('the wait before an attempt', () => {
  it('is full-jitter back-off: anything up to a ceiling that doubles to its cap', () => {
    for (const [failures, ceiling] of [
      [1, 250],
      [2, 500],
      [3, 1_000],
      [8, 30_000],
      [9, 30_000],
      [1e9, 30_000],
    ] as const) {
      expect(Math.round(backOffMs(highest, failures))).toBe(ceiling);
      expect(backOffMs({ uint32: () => 0 }, failures)).toBe(0);
    }
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 100 }), (seed, failures) => {
        const ms = backOffMs(seededRandom(seed), failures, { baseMs: 10, capMs: 100 });
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThan(Math.min(100, 10 * 2 ** (failures - 1)));
      }),
      { numRuns: runs(100) },
    );
  });

  it('grows while attempts fail, and is shown with the attempt and the reason', async () => {
    const { statuses, onState } = watched();
    const gateway = await ScriptedGateway.ready({ onState, random: highest });
    await gateway.clock.advance(10_000);
    gateway.dials = refused;
    gateway.close(1006);
    await gateway.settle();
    for (let attempt = 0; attempt < 3; attempt++) await gateway.redialled();
    gateway.dials = 'accept';
    await gateway.redialled();
    await gateway.accept();
    const shown = statuses.map(({ retryInMs, ...status }) => ({
      ...status,
      ...(retryInMs === undefined ? {} : { retryInMs: Math.round(retryInMs) }),
    }));
    const lost = expect.objectContaining({ closeCode: 1006 });
    expect(shown).toEqual([
      { state: 'connecting', attempt: 1 },
      { state: 'ready', attempt: 0 },
      { state: 'reconnecting', attempt: 1, retryInMs: 250, reason: lost },
      { state: 'reconnecting', attempt: 1, reason: lost },
      { state: 'reconnecting', attempt: 2, retryInMs: 500, reason: refused },
      { state: 'reconnecting', attempt: 2, reason: refused },
      { state: 'reconnecting', attempt: 3, retryInMs: 1_000, reason: refused },
      { state: 'reconnecting', attempt: 3, reason: refused },
      { state: 'reconnecting', attempt: 4, retryInMs: 2_000, reason: refused },
      { state: 'reconnecting', attempt: 4, reason: refused },
      { state: 'ready', attempt: 0 },
    ]);
  });

  it('does not begin anew for a gateway that accepts and closes at once', async () => {
    const { statuses, onState } = watched();
    const gateway = await ScriptedGateway.ready({ onState, random: highest });
    for (let time = 0; time < 4; time++) {
      await gateway.cut(4100);
      await gateway.accept();
    }
    const waits = statuses.flatMap(({ retryInMs }) => (retryInMs === undefined ? [] : [Math.round(retryInMs)]));
    expect(waits).toEqual([250, 500, 1_000, 2_000]);
    await gateway.clock.advance(10_000);
    gateway.close(1006);
    await gateway.settle();
    expect(Math.round(gateway.client.status.retryInMs ?? 0)).toBe(250);
  });

  it.each([
    ['inside the window that goodbye named', { reconnectMinMs: 2_000, reconnectMaxMs: 3_000 }, [2_000, 3_000]],
    ['inside five seconds where goodbye named none', {}, [0, 5_000]],
  ])('after 4200 is %s (§5.13)', async (_title, window, [min = 0, max = 0]) => {
    for (const seed of [1, 2, 3, 4]) {
      const gateway = await ScriptedGateway.ready({ random: seededRandom(seed) });
      gateway.send({ type: 'goodbye', code: 4200, reason: 'Bye.', ...window });
      gateway.close(4200);
      await gateway.settle();
      expect(gateway.client.status.retryInMs).toBeGreaterThanOrEqual(min);
      expect(gateway.client.status.retryInMs).toBeLessThanOrEqual(max);
    }
  });

  it('is never longer than a timer can wait, whatever the gateway asks for', async () => {
    const gateway = await ScriptedGateway.ready();
    gateway.send({ type: 'goodbye', code: 4200, reason: 'Bye.', reconnectMinMs: 2 ** 50, reconnectMaxMs: 2 ** 51 });
    gateway.close(4200);
    await gateway.settle();
    expect(gateway.client.status.retryInMs).toBe(2 ** 31 - 1);
  });
});

describe('giving up', () => {
  it('comes after attemptsMax attempts in a row, with why the last one failed', async () => {
    const gateway = await ScriptedGateway.ready({ reconnect: { attemptsMax: 3 } });
    const publishing = expect(gateway.client.publish('a', 1)).rejects.toMatchObject({ code: 'RECONNECT_GIVEN_UP' });
    gateway.dials = refused;
    gateway.close(1006);
    await gateway.clock.advance(60_000);
    await publishing;
    expect(gateway.dialCount).toBe(4);
    expect(await gateway.client.closed).toMatchObject({
      error: { code: 'RECONNECT_GIVEN_UP', message: expect.stringContaining('3 attempts'), cause: refused },
    });
  });

  it('comes at once for what no attempt can change', async () => {
    const gateway = await ScriptedGateway.ready();
    gateway.dials = new AddressError('x', 'it is none');
    await gateway.cut();
    expect(gateway.client.status).toMatchObject({ state: 'closed', reason: { code: 'ADDRESS_INVALID' } });
  });

  it('comes with the error of a setup that is refused for good, and not for one that is refused for now', async () => {
    const gateway = await ScriptedGateway.ready();
    await gateway.cut();
    gateway.send({ type: 'error', code: 'OVERLOADED', message: 'Full.', retry: true, afterMs: 5_000 });
    await gateway.settle();
    expect(gateway.client.status).toMatchObject({ state: 'reconnecting', reason: { code: 'OVERLOADED' } });
    expect(gateway.client.status.retryInMs).toBeGreaterThanOrEqual(5_000);
    await gateway.redialled();
    gateway.send({ type: 'error', code: 'AUTH_FAILED', message: 'No.', retry: false });
    gateway.close(4004);
    await gateway.settle();
    expect(gateway.client.status).toMatchObject({ state: 'closed', reason: { code: 'AUTH_FAILED' } });
  });

  it('is the program’s, also while the client waits: close resolves and nothing is dialled any more', async () => {
    const gateway = await ScriptedGateway.ready();
    const publishing = expect(gateway.client.publish('a', 1)).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    gateway.close(1006);
    await gateway.settle();
    await settled(gateway, gateway.client.close());
    await publishing;
    await gateway.clock.advance(1_000_000);
    expect(gateway.dialCount).toBe(1);
    expect(gateway.clock.timerCount).toBe(0);
  });

  it.each(['reconnecting', 'ready', 'connecting'])('can be done by the program when it hears of %s', async (state) => {
    const gateway = new ScriptedGateway({
      onState: (status) => {
        if (status.state === state) void gateway.client.close();
      },
    });
    const opening = gateway.client.open().catch(() => {});
    if (state !== 'connecting') {
      await gateway.accept();
      gateway.close(1006);
    }
    await gateway.clock.advance(1_000_000);
    await opening;
    expect(gateway.client.state).toBe('closed');
    expect(gateway.dialCount).toBe(state === 'connecting' ? 0 : 1);
    expect(gateway.clock.timerCount).toBe(0);
  });
});

describe('the first connection', () => {
  it('is tried again with reconnect.first', async () => {
    const gateway = new ScriptedGateway({ reconnect: { first: true } });
    gateway.dials = refused;
    const opening = gateway.client.open();
    await gateway.clock.advance(5_000);
    expect(await isWaiting(gateway, opening)).toBe(true);
    expect(gateway.client.status).toMatchObject({ state: 'connecting', reason: refused });
    gateway.dials = 'accept';
    await gateway.redialled();
    await gateway.accept();
    expect((await settled(gateway, opening)).state).toBe('ready');
    expect(gateway.client.stats().reconnects).toBe(0);
  });
});

describe('the states of a client', () => {
  it('are told to every listener, until it does not listen any more', async () => {
    const gateway = await ScriptedGateway.ready();
    const heard: string[] = [];
    const stop = gateway.client.onState(({ state }) => heard.push(state));
    await gateway.cut();
    stop();
    await gateway.accept();
    expect(heard).toEqual(['reconnecting', 'reconnecting']);
    expect(gateway.client.state).toBe('ready');
  });

  it('follow their table', () => {
    expect(CLIENT_TRANSITIONS.closed).toEqual([]);
    expect(Object.keys(CLIENT_TRANSITIONS)).toEqual(['connecting', 'ready', 'reconnecting', 'closed']);
  });
});

describe('several clients', () => {
  it('do not know of each other', async () => {
    const [one, other] = [await ScriptedGateway.ready(), await ScriptedGateway.ready()];
    const lost = expect(one.client.publish('a', 1)).rejects.toMatchObject({ closeCode: 4005 });
    const publishing = other.client.publish('a', 1);
    one.close(4005);
    await one.settle();
    await lost;
    await other.settle();
    const { id, messageId } = other.sent('publish')[0] as { id: number; messageId: string };
    other.send({ type: 'ack', id, messageId, status: 'ok', epoch: 'e', seqNo: 1 });
    expect((await settled(other, publishing)).status).toBe('ok');
    expect(one.client.stats()).toEqual(other.client.stats());
  });
});
