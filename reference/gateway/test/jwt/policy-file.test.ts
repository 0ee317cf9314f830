import { beforeAll, describe, expect, it } from 'vitest';
import { looksLikeJwt, policyFrom } from '../../src/jwt/index.ts';
import {
  HandClock,
  type KeyPair,
  keyPair,
  keySetOf,
  keyToken,
  SECRET,
  START_SECONDS,
  secretToken,
  unsigned,
} from './support/issuer.ts';
import { KeyServer } from './support/key-server.ts';

const users = [{ name: 'bob', token: 'bob-token', allow: [{ pattern: 'orders', actions: ['publish'] }] }];
const anonymous = { allow: [{ pattern: 'public', actions: ['subscribe'] }] };

let pair: KeyPair;
beforeAll(async () => {
  pair = await keyPair('ES256', 'one');
});

function ports(files: Record<string, string> = {}, clock = new HandClock()) {
  const readFile = (path: string) => {
    const text = files[path];
    if (text === undefined) throw new Error(`no such file, open '${path}'`);
    return text;
  };
  return { now: clock.now, readFile };
}

describe('a policy document', () => {
  it('without jwt is read as a static policy', async () => {
    const policy = policyFrom({ users, anonymous }, ports());
    expect((await policy.authenticate('bob-token')).name).toBe('bob');
    expect((await policy.authenticate(undefined)).name).toBe('anonymous');
    await expect(policy.authenticate(await secretToken())).rejects.toMatchObject({ code: 'AUTH_FAILED' });
    await expect(policyFrom({}, ports()).authenticate(undefined)).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
  });

  it('with jwt admits users, clients without a token, and signed tokens, each with their own grants (I1)', async () => {
    const policy = policyFrom({ users, anonymous, jwt: { secret: SECRET } }, ports());
    const [ann, bob, nobody] = [
      await policy.authenticate(await secretToken()),
      await policy.authenticate('bob-token'),
      await policy.authenticate(undefined),
    ];
    expect([ann, bob, nobody].map(({ name }) => name)).toEqual(['ann', 'bob', 'anonymous']);
    const allowed = (action: 'publish' | 'subscribe', topic: string) =>
      [ann, bob, nobody].map((principal) => policy.authorize(principal, action, topic));
    expect(allowed('subscribe', 'prices.eurusd')).toEqual([true, false, false]);
    expect(allowed('publish', 'orders')).toEqual([false, true, false]);
    expect(allowed('subscribe', 'public')).toEqual([false, false, true]);
    expect(policy.isValid(ann) && policy.isValid(bob) && policy.isValid(nobody)).toBe(true);
  });

  it('with jwt alone admits nobody without a token', async () => {
    const policy = policyFrom({ jwt: { secret: SECRET } }, ports());
    await expect(policy.authenticate(undefined)).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
    await expect(policy.authenticate('guess')).rejects.toMatchObject({ code: 'AUTH_FAILED' });
    expect((await policy.authenticate(await secretToken())).name).toBe('ann');
  });

  it('never shows a signed token to the users: what is refused there is refused', async () => {
    const policy = policyFrom({ users, jwt: { secret: SECRET } }, ports());
    await expect(policy.authenticate(unsigned({ alg: 'none' }, { sub: 'bob' }))).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      message: expect.stringContaining('not accepted here'),
    });
  });

  it.each(['', '\n', '\r\n'])('takes the secret from a file, without the line break %j at its end', async (end) => {
    const policy = policyFrom({ jwt: { secretFile: 'secret.txt' } }, ports({ 'secret.txt': SECRET + end }));
    expect((await policy.authenticate(await secretToken())).name).toBe('ann');
  });

  it('takes public keys from a file', async () => {
    const files = { 'keys.json': JSON.stringify(keySetOf(pair)) };
    const policy = policyFrom({ jwt: { jwksFile: 'keys.json' } }, ports(files));
    expect((await policy.authenticate(await keyToken(pair))).name).toBe('ann');
  });

  it('takes public keys from an address', async () => {
    const server = await KeyServer.start();
    server.answer = keySetOf(pair);
    const policy = policyFrom({ jwt: { jwksUrl: server.url, algorithms: ['ES256'] } }, ports());
    expect((await policy.authenticate(await keyToken(pair))).name).toBe('ann');
    await server.stop();
  });

  it('passes every option on', async () => {
    const clock = new HandClock();
    const jwt = { secret: SECRET, issuer: 'me', audience: 'you', algorithms: ['HS256'], clockToleranceSeconds: 2 };
    const policy = policyFrom({ jwt }, ports({}, clock));
    const claims = { iss: 'me', aud: 'you' };
    const { expiresAt } = await policy.authenticate(await secretToken({ ...claims, exp: START_SECONDS + 10 }));
    expect(expiresAt).toBe((START_SECONDS + 12) * 1_000);
    for (const wrong of [{ iss: 'eve' }, { aud: 'eve' }]) {
      const token = await secretToken({ ...claims, ...wrong });
      await expect(policy.authenticate(token)).rejects.toMatchObject({ code: 'AUTH_FAILED' });
    }
    clock.seconds = START_SECONDS + 602;
    await expect(policy.authenticate(await secretToken(claims))).rejects.toMatchObject({ code: 'AUTH_FAILED' });
  });
});

describe('a policy document that cannot be used names the place', () => {
  const secret = SECRET;
  const files = { 'short.txt': 'short\n', 'broken.json': '{', 'none.json': '{"keys":[]}', 'number.json': '5' };
  const jwtToken = 'eyJhbGciOiJub25lIn0.e30.';

  it.each<[unknown, string]>([
    [null, 'the document must be an object'],
    [[], 'the document must be an object'],
    ['x', 'the document must be an object'],
    [{ user: [] }, 'user is not a known field'],
    [{ users: 1, jwt: { secret } }, 'users'],
    [{ jwt: null }, 'jwt'],
    [{ jwt: [] }, 'jwt'],
    [{ jwt: 'secret' }, 'jwt'],
    [{ jwt: {} }, 'jwt wants one of secret, secretFile, jwksFile, jwksUrl'],
    [{ jwt: { secret, jwksFile: 'keys.json' } }, 'jwt wants one of'],
    [{ jwt: { secret, key: 1 } }, 'key'],
    [{ jwt: { secret: 5 } }, 'jwt.secret'],
    [{ jwt: { secret: '' } }, 'jwt.secret'],
    [{ jwt: { secret: 'short' } }, 'jwt.secret: the secret has 5 bytes'],
    [{ jwt: { secret, issuer: 5 } }, 'jwt.issuer'],
    [{ jwt: { secret, audience: '' } }, 'jwt.audience'],
    [{ jwt: { secret, algorithms: 'HS256' } }, 'jwt.algorithms'],
    [{ jwt: { secret, algorithms: ['none'] } }, 'jwt.algorithms.0'],
    [{ jwt: { secret, algorithms: ['RS256'] } }, 'jwt.secret: RS256 cannot be used with a secret'],
    [{ jwt: { secret, clockToleranceSeconds: 301 } }, 'jwt.clockToleranceSeconds'],
    [{ jwt: { secretFile: 'nowhere.txt' } }, "jwt.secretFile: nowhere.txt cannot be read: no such file, open 'nowhere"],
    [{ jwt: { secretFile: 'short.txt' } }, 'jwt.secretFile: the secret has 5 bytes'],
    [{ jwt: { jwksFile: 'nowhere.json' } }, 'jwt.jwksFile: nowhere.json cannot be read'],
    [{ jwt: { jwksFile: 'broken.json' } }, 'jwt.jwksFile: broken.json is no JSON'],
    [{ jwt: { jwksFile: 'none.json' } }, 'jwt.jwksFile: the key set has no keys'],
    [{ jwt: { jwksFile: 'number.json' } }, 'jwt.jwksFile: the key set is not of the form'],
    [{ jwt: { jwksUrl: 'http://issuer.example/keys' } }, 'jwt.jwksUrl: the address of the key set must begin'],
    [{ users: [...users, { ...users[0], token: jwtToken }], jwt: { secret } }, 'users.1.token has the form of a JSON'],
  ])('%#: %j: %s', (document, problem) => {
    const act = () => policyFrom(document, ports(files));
    expect(act).toThrow(expect.objectContaining({ code: 'POLICY_INVALID', message: expect.stringContaining(problem) }));
    expect(act).toThrow(expect.objectContaining({ message: expect.not.stringContaining(secret) }));
  });

  it('a token with the form of a signed one is no problem where none are read', () => {
    expect(() => policyFrom({ users: [{ ...users[0], token: jwtToken }] }, ports())).not.toThrow();
  });
});

describe('looksLikeJwt', () => {
  it.each([
    ['a.b.c', true],
    ['eyJhbGciOiJub25lIn0.e30.', true],
    ['a-_9.b.c', true],
    ['a.b', false],
    ['a..c', false],
    ['.b.c', false],
    ['a.b.c.d.e', false],
    ['a.b.c=', false],
    ['a b.c.d', false],
    ['', false],
    [undefined, false],
  ])('%j: %s', (token, looks) => {
    expect(looksLikeJwt(token)).toBe(looks);
  });
});
