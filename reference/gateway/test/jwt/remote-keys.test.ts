import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { JwtPolicy, KeysUnavailableError, type RemoteKeys } from '../../src/jwt/index.ts';
import { FETCH_INTERVAL_MS, KEY_SET_BYTES_MAX } from '../../src/jwt/remote-key-set.ts';
import { HandClock, type KeyPair, keyPair, keySetOf, keyToken, START_SECONDS } from './support/issuer.ts';
import { KeyServer } from './support/key-server.ts';

let server: KeyServer;
let clock: HandClock;
let [first, second]: KeyPair[] = [];

beforeAll(async () => {
  first = await keyPair('ES256', 'first');
  second = await keyPair('ES256', 'second');
});
beforeEach(async () => {
  server = await KeyServer.start();
  clock = new HandClock();
  // The key set of `jose` reads the system's clock. Timers stay real: a real server answers.
  vi.useFakeTimers({ toFake: ['Date'], now: clock.now() });
});
afterEach(async () => {
  vi.useRealTimers();
  await server.stop();
});

function policyWith(options: Partial<RemoteKeys> = {}): JwtPolicy {
  return new JwtPolicy({ keys: { jwksUrl: server.url, ...options }, now: clock.now });
}

function tokenOf(pair: KeyPair | undefined, kid = pair?.kid): Promise<string> {
  if (pair === undefined) throw new Error('There is no key pair.');
  return keyToken(pair, { exp: START_SECONDS + 1_000_000 }, { kid });
}

/** Lets time pass: by default enough for the next fetch. */
function wait(seconds = FETCH_INTERVAL_MS / 1_000): void {
  clock.seconds += seconds;
  vi.setSystemTime(clock.now());
}

describe('keys that an issuer serves (I1)', () => {
  it('are fetched with the first token and used for those that follow', async () => {
    server.answer = keySetOf(first as KeyPair);
    const policy = policyWith();
    expect(server.requests).toBe(0);
    const tokens = await Promise.all(Array.from({ length: 10 }, () => tokenOf(first)));
    await Promise.all(tokens.map((token) => policy.authenticate(token)));
    await policy.authenticate(await tokenOf(first));
    expect(server.requests).toBe(1);
  });

  it('are fetched again when a token names a new one; a key that was withdrawn works no longer', async () => {
    server.answer = keySetOf(first as KeyPair);
    const policy = policyWith();
    const old = await tokenOf(first);
    expect((await policy.authenticate(old)).name).toBe('ann');
    server.answer = keySetOf(second as KeyPair);
    wait(30);
    expect((await policy.authenticate(await tokenOf(second))).name).toBe('ann');
    expect(server.requests).toBe(2);
    await expect(policy.authenticate(old)).rejects.toMatchObject({ code: 'AUTH_FAILED' });
  });

  it('are fetched again when they are older than maxAgeMs', async () => {
    server.answer = keySetOf(first as KeyPair);
    const policy = policyWith({ maxAgeMs: 60_000 });
    await policy.authenticate(await tokenOf(first));
    wait(59);
    await policy.authenticate(await tokenOf(first));
    expect(server.requests).toBe(1);
    wait(1);
    await policy.authenticate(await tokenOf(first));
    expect(server.requests).toBe(2);
  });

  it('are not fetched again for invented key names within the cooldown', async () => {
    server.answer = keySetOf(first as KeyPair);
    const policy = policyWith({ cooldownMs: 60_000 });
    await policy.authenticate(await tokenOf(first));
    for (let n = 1; n < 60; n++) {
      wait(1);
      await expect(policy.authenticate(await tokenOf(second, `invented-${n}`))).rejects.toMatchObject({
        code: 'AUTH_FAILED',
        message: expect.stringContaining('not known here'),
      });
    }
    expect(server.requests).toBe(1);
    wait(1);
    await expect(policy.authenticate(await tokenOf(second))).rejects.toMatchObject({ code: 'AUTH_FAILED' });
    expect(server.requests).toBe(2);
  });

  it('are not asked for by a token with another algorithm, nor by what is no token', async () => {
    const policy = policyWith();
    for (const token of ['a.b.c', 'x', 'eyJhbGciOiJub25lIn0.e30.', 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA']) {
      await expect(policy.authenticate(token)).rejects.toMatchObject({ code: 'AUTH_FAILED' });
    }
    expect(server.requests).toBe(0);
  });
});

describe('keys that cannot be fetched are no fault of the token', () => {
  it.each<[string, KeyServer['answer'], RegExp]>([
    ['an error of the server', (response) => response.writeHead(500).end('sorry'), /HTTP 500/],
    ['no such page', (response) => response.writeHead(404).end(), /HTTP 404/],
    ['a way to somewhere else', (response) => response.writeHead(302, { Location: '/other' }).end(), /HTTP 302/],
    ['an answer without content', (response) => response.writeHead(204).end(), /HTTP 204/],
    ['no JSON', (response) => response.end('<html>'), /JSON/],
    ['no key set', { key: 'first' }, /malformed/],
    ['an endless answer', (response) => response.end(`{"keys":[],"pad":"${'x'.repeat(KEY_SET_BYTES_MAX)}"}`), /bytes/],
    ['a cut connection', (response) => response.destroy(), /cannot be fetched/],
  ])('%s', async (_, answer, why) => {
    const policy = policyWith();
    server.answer = answer;
    const token = await tokenOf(first);
    const attempt = policy.authenticate(token);
    await expect(attempt).rejects.toBeInstanceOf(KeysUnavailableError);
    await expect(attempt).rejects.toMatchObject({ code: 'KEYS_UNAVAILABLE', message: expect.stringMatching(why) });
    await expect(attempt).rejects.toMatchObject({ message: expect.not.stringContaining(token) });

    server.answer = keySetOf(first as KeyPair);
    wait();
    expect((await policy.authenticate(token)).name).toBe('ann');
  });

  it('a server that is gone; its address is told without what may be secret in it', async () => {
    const policy = new JwtPolicy({ keys: { jwksUrl: `${server.url}?key=hidden` }, now: clock.now });
    await server.stop();
    const attempt = policy.authenticate(await tokenOf(first));
    await expect(attempt).rejects.toMatchObject({ message: expect.stringContaining('/keys.json cannot be fetched') });
    await expect(attempt).rejects.toMatchObject({ message: expect.not.stringContaining('hidden') });
    server = await KeyServer.start();
  });

  it('a server that is away is asked once a second at most', async () => {
    server.answer = (response) => response.writeHead(503).end();
    const policy = policyWith();
    for (let n = 0; n < 20; n++) {
      await expect(policy.authenticate(await tokenOf(first))).rejects.toBeInstanceOf(KeysUnavailableError);
    }
    expect(server.requests).toBe(1);
    wait();
    await expect(policy.authenticate(await tokenOf(first))).rejects.toBeInstanceOf(KeysUnavailableError);
    expect(server.requests).toBe(2);
  });

  it('a clock that was set back does not keep the keys away', async () => {
    server.answer = (response) => response.writeHead(503).end();
    const policy = policyWith();
    await expect(policy.authenticate(await tokenOf(first))).rejects.toBeInstanceOf(KeysUnavailableError);
    server.answer = keySetOf(first as KeyPair);
    clock.seconds -= 3_600;
    expect((await policy.authenticate(await tokenOf(first))).name).toBe('ann');
  });

  it('known keys go on working while the issuer is away', async () => {
    server.answer = keySetOf(first as KeyPair);
    const policy = policyWith({ cooldownMs: 0 });
    await policy.authenticate(await tokenOf(first));
    server.answer = (response) => response.writeHead(503).end();
    wait();
    await expect(policy.authenticate(await tokenOf(second))).rejects.toBeInstanceOf(KeysUnavailableError);
    expect((await policy.authenticate(await tokenOf(first))).name).toBe('ann');
  });
});
