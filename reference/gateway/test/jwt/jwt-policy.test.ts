import fc from 'fast-check';
import { exportJWK, exportSPKI, generateKeyPair, importJWK, type JSONWebKeySet } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../../../tests/support/runs.ts';
import { type JwtAlgorithm, JwtPolicy, type JwtPolicyOptions } from '../../src/jwt/index.ts';
import {
  type Claims,
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

function policyWith(options: Partial<JwtPolicyOptions> = {}) {
  const clock = new HandClock();
  return { clock, policy: new JwtPolicy({ keys: { secret: SECRET }, now: clock.now, ...options }) };
}

async function refusal(policy: JwtPolicy, token: string): Promise<string> {
  const error = await policy.authenticate(token).then(
    () => undefined,
    (error) => error,
  );
  expect(error).toMatchObject({ name: 'ProtocolError', code: 'AUTH_FAILED' });
  for (const part of token.split('.')) if (part.length > 8) expect(error.message).not.toContain(part);
  return error.message;
}

/** Makes and refuses tokens of all kinds of keys once; a key pair takes its time. */
const pairs = new Map<JwtAlgorithm, KeyPair>();
beforeAll(async () => {
  for (const alg of ['RS256', 'ES256', 'EdDSA', 'Ed25519'] as const) pairs.set(alg, await keyPair(alg, `key-${alg}`));
});

function pairOf(alg: JwtAlgorithm): KeyPair {
  const pair = pairs.get(alg);
  if (pair === undefined) throw new Error(`There is no key pair for ${alg}.`);
  return pair;
}

describe('a signed token (I1)', () => {
  it('with a secret makes a principal that may do what its grants say, until it expires', async () => {
    const { policy } = policyWith();
    const principal = await policy.authenticate(await secretToken());
    expect(principal).toEqual({ name: 'ann', expiresAt: (START_SECONDS + 600 + 30) * 1_000 });
    expect(policy.isValid(principal)).toBe(true);
    expect(policy.authorize(principal, 'subscribe', 'prices.eurusd')).toBe(true);
    expect(policy.authorize(principal, 'publish', 'prices.eurusd')).toBe(false);
    expect(policy.authorize(principal, 'subscribe', 'orders')).toBe(false);
  });

  it.each(['RS256', 'ES256', 'EdDSA', 'Ed25519'] as const)('with a key pair of %s makes one, too', async (alg) => {
    const { policy } = policyWith({ keys: { jwks: keySetOf(...pairs.values()) } });
    const principal = await policy.authenticate(await keyToken(pairOf(alg), { sub: alg }));
    expect(principal.name).toBe(alg);
    expect(policy.authorize(principal, 'subscribe', 'prices.eurusd')).toBe(true);
  });

  it('needs no key name where there is one key of its kind, and must have one where there are more', async () => {
    const alone = policyWith({ keys: { jwks: keySetOf(pairOf('RS256'), pairOf('ES256')) } }).policy;
    const token = await keyToken(pairOf('ES256'), {}, { kid: undefined });
    expect((await alone.authenticate(token)).name).toBe('ann');
    const other = await keyPair('ES256', 'other');
    const two = policyWith({ keys: { jwks: keySetOf(pairOf('ES256'), other) } }).policy;
    expect(await refusal(two, token)).toContain('kid');
  });

  it('without grants makes a principal that may do nothing', async () => {
    const { policy } = policyWith();
    const principal = await policy.authenticate(await secretToken({ grants: undefined }));
    expect(policy.isValid(principal)).toBe(true);
    expect(policy.authorize(principal, 'subscribe', 'prices.eurusd')).toBe(false);
  });

  it('is wanted: without one the answer is AUTH_REQUIRED', async () => {
    await expect(policyWith().policy.authenticate(undefined)).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
  });

  it('a principal of another policy may do nothing and is not valid', async () => {
    const [one, other] = [policyWith().policy, policyWith().policy];
    const principal = await one.authenticate(await secretToken());
    expect(other.authorize(principal, 'subscribe', 'prices.eurusd')).toBe(false);
    expect(other.isValid(principal)).toBe(false);
  });
});

describe('a token that was not signed with the right key is refused (I1)', () => {
  it('another secret', async () => {
    const token = await secretToken({}, {}, 'another secret of thirty-two bytes');
    expect(await refusal(policyWith().policy, token)).toContain('signature');
  });

  it('another key pair with the same name', async () => {
    const { policy } = policyWith({ keys: { jwks: keySetOf(pairOf('ES256')) } });
    const stranger = await keyPair('ES256', 'key-ES256');
    expect(await refusal(policy, await keyToken(stranger))).toContain('signature');
  });

  it('a key name that is not in the set', async () => {
    const { policy } = policyWith({ keys: { jwks: keySetOf(pairOf('ES256')) } });
    expect(await refusal(policy, await keyToken(await keyPair('ES256', 'unknown')))).toContain('not known here');
  });

  it('a key that the token brings along itself', async () => {
    const { policy } = policyWith({ keys: { jwks: keySetOf(pairOf('ES256')) } });
    const stranger = await keyPair('ES256', 'stranger');
    const header = { kid: undefined, jwk: stranger.publicJwk, jku: 'https://evil.example/keys.json' };
    expect(await refusal(policy, await keyToken(stranger, {}, header))).toContain('signature');
  });

  it.each(['none', 'None', 'NONE', 'nOnE', '', 'HS257', '__proto__', 'constructor'])(
    'the algorithm %j, whatever stands in the place of the signature',
    async (alg) => {
      const policies = [policyWith().policy, policyWith({ keys: { jwks: keySetOf(pairOf('ES256')) } }).policy];
      for (const policy of policies) {
        await refusal(policy, unsigned({ alg }));
        await refusal(policy, unsigned({ alg }, {}, 'AAAA'));
        await refusal(policy, unsigned({ alg, kid: 'key-ES256' }, {}, (await secretToken()).split('.')[2]));
      }
    },
  );

  it.each([{}, { alg: null }, { alg: ['HS256'] }, { alg: 256 }])(
    'a header without an algorithm: %j',
    async (header) => {
      await refusal(policyWith().policy, unsigned(header));
    },
  );

  it('a public key used as the secret of HS256 (algorithm confusion)', async () => {
    const pair = pairOf('RS256');
    const publicKey = (await importJWK(pair.publicJwk, 'RS256', { extractable: true })) as CryptoKey;
    const pem = await exportSPKI(publicKey);
    const { policy } = policyWith({ keys: { jwks: keySetOf(pair) } });
    const forms = [
      pem,
      pem.trim(),
      JSON.stringify(pair.publicJwk),
      JSON.stringify(keySetOf(pair)),
      `${pair.publicJwk.n}`,
    ];
    for (const form of forms) {
      expect(await refusal(policy, await secretToken({}, { kid: pair.kid }, form))).toContain('not accepted here');
      expect(await refusal(policy, await secretToken({}, {}, form))).toContain('not accepted here');
    }
  });

  it('a key pair where a secret is wanted, and another algorithm than the options name', async () => {
    expect(await refusal(policyWith().policy, await keyToken(pairOf('RS256')))).toContain('not accepted here');
    const { policy } = policyWith({ keys: { jwks: keySetOf(...pairs.values()) }, algorithms: ['ES256'] });
    expect(await refusal(policy, await keyToken(pairOf('RS256')))).toContain('not accepted here');
    expect((await policy.authenticate(await keyToken(pairOf('ES256')))).name).toBe('ann');
  });

  it('an extension that must be understood (crit)', async () => {
    const { policy } = policyWith();
    await refusal(policy, unsigned({ alg: 'HS256', crit: ['exp'], exp: 1 }, {}, 'AAAA'));
    await refusal(policy, unsigned({ alg: 'HS256', crit: ['b64'], b64: false }, {}, 'AAAA'));
  });

  it.each([
    '',
    '.',
    '..',
    'a.b',
    'a.b.c',
    'a.b.c.d',
    'a.b.c.d.e',
    'not a token',
    'e30.e30.e30',
    '\0',
    '😀.😀.😀',
    '__proto__',
  ])('what is no token at all: %j', async (text) => {
    await refusal(policyWith().policy, text);
  });

  it('a token of 9,000 characters, and one of 8,192 is read', async () => {
    const { policy } = policyWith();
    expect(await refusal(policy, 'x'.repeat(9_000))).toContain('more than 8192 characters');
    expect(await refusal(policy, await secretToken({ pad: 'x'.repeat(6_600) }))).toContain('8192');
    const sign = (pad: number) => secretToken({ pad: 'x'.repeat(pad) });
    const token = await sign(6_000);
    const longest = await sign(6_000 + Math.floor(((8_192 - token.length) * 3) / 4));
    expect(longest.length).toBeGreaterThan(8_188);
    expect(longest.length).toBeLessThanOrEqual(8_192);
    expect((await policy.authenticate(longest)).name).toBe('ann');
  });

  it('any change of a good token', async () => {
    const { policy } = policyWith();
    const token = await secretToken({ jti: 'one' });
    const signature = (text: string) => Buffer.from(text.split('.')[2] ?? '', 'base64url');
    const place = fc.nat({ max: token.length - 1 });
    const property = fc.asyncProperty(place, fc.constantFrom(...'AZaz09-_.=+/ é'), async (at, character) => {
      const changed = token.slice(0, at) + character + token.slice(at + 1);
      fc.pre(changed !== token);
      // The last character of a signature has bits that mean nothing; all others count.
      if (at === token.length - 1 && signature(changed).equals(signature(token))) return;
      await refusal(policy, changed);
    });
    await fc.assert(property, { numRuns: runs(200) });
  });
});

describe('the claims of a token (I1)', () => {
  it.each<[string, Claims, string]>([
    ['no sub', { sub: undefined }, 'no claim sub'],
    ['a sub that is no text', { sub: 5 }, 'sub'],
    ['an empty sub', { sub: '' }, 'sub'],
    ['a sub with a space', { sub: 'ann smith' }, 'sub'],
    ['a sub with a control character', { sub: 'ann\n' }, 'sub'],
    ['a sub that is not ASCII', { sub: 'añn' }, 'sub'],
    ['a sub of 65 characters', { sub: 'x'.repeat(65) }, 'sub'],
    ['the name of clients without a token', { sub: 'anonymous' }, 'sub'],
    ['no exp', { exp: undefined }, 'no claim exp'],
    ['an exp that is no number', { exp: '1900000000' }, 'exp'],
    ['an exp that is no date', { exp: 1e300 }, 'exp'],
    ['a negative iat', { iat: -1 }, 'iat'],
    ['an iat that is no number', { iat: 'now' }, 'iat'],
    ['an nbf that is no number', { nbf: 'now' }, 'nbf'],
    ['an empty jti', { jti: '' }, 'jti'],
    ['a jti that is no text', { jti: 7 }, 'jti'],
    ['grants that are no list', { grants: { pattern: 'a', actions: ['publish'] } }, 'grants'],
    ['grants that are null', { grants: null }, 'grants'],
    ['a grant without actions', { grants: [{ pattern: 'a' }] }, 'grants.0'],
    ['an action that does not exist', { grants: [{ pattern: 'a', actions: ['admin'] }] }, 'grants.0.actions.0'],
    ['a pattern that is none', { grants: [{ pattern: 'a..b', actions: ['publish'] }] }, 'grants.0.pattern'],
    ['a pattern with > inside', { grants: [{ pattern: '>.a', actions: ['publish'] }] }, 'grants.0.pattern'],
    ['a field that does not exist', { grants: [{ pattern: 'a', actions: ['publish'], deny: true }] }, 'grants.0'],
  ])('%s: refused, and the claim is named', async (_, claims, named) => {
    expect(await refusal(policyWith().policy, await secretToken(claims))).toContain(named);
  });

  it('more than 1,000 grants do not fit', async () => {
    // Short enough for a token only when the patterns are as short as they can be.
    const grants = Array.from({ length: 1_001 }, () => ({ pattern: 'a', actions: ['publish'] }));
    expect(await refusal(policyWith().policy, await secretToken({ grants }))).toContain('8192');
  });

  it('others are ignored', async () => {
    const token = await secretToken({
      admin: true,
      kind: 'service',
      email: 'ann@example.com',
      ['__proto__']: { sub: 'eve' },
    });
    expect(await policyWith().policy.authenticate(token)).toEqual({ name: 'ann', expiresAt: expect.any(Number) });
  });

  it('sub may be any name that a principal may have', async () => {
    for (const sub of ['x', 'x'.repeat(64), 'auth0|5f7c8ec7c33c6c004bbafe82', '!~@:/']) {
      expect((await policyWith().policy.authenticate(await secretToken({ sub }))).name).toBe(sub);
    }
  });

  it.each<[string, Claims]>([
    ['another issuer', { iss: 'https://evil.example' }],
    ['no issuer', { iss: undefined }],
    ['a list of issuers', { iss: ['https://issuer.example'] }],
    ['another audience', { aud: 'other' }],
    ['other audiences', { aud: ['other', 'gateway.evil'] }],
    ['no audience', { aud: undefined }],
  ])('%s is refused where one is wanted', async (_, claims) => {
    const { policy } = policyWith({ issuer: 'https://issuer.example', audience: 'gateway' });
    const good = { iss: 'https://issuer.example', aud: ['gateway', 'other'] };
    expect((await policy.authenticate(await secretToken(good))).name).toBe('ann');
    expect((await policy.authenticate(await secretToken({ ...good, aud: 'gateway' }))).name).toBe('ann');
    const named = 'iss' in claims ? 'claim iss' : 'claim aud';
    expect(await refusal(policy, await secretToken({ ...good, ...claims }))).toContain(named);
  });
});

describe('the time of a token (I1)', () => {
  it('is over when exp and the tolerance have passed, not before', async () => {
    const { policy, clock } = policyWith();
    const token = await secretToken({ exp: START_SECONDS + 60 });
    clock.seconds = START_SECONDS + 60 + 29.999;
    const principal = await policy.authenticate(token);
    expect(principal.expiresAt).toBe((START_SECONDS + 90) * 1_000);
    expect(policy.authorize(principal, 'subscribe', 'prices.eurusd')).toBe(true);
    clock.seconds = START_SECONDS + 90;
    expect(await refusal(policy, token)).toContain('expired');
    expect(policy.authorize(principal, 'subscribe', 'prices.eurusd')).toBe(false);
    expect(policy.isValid(principal)).toBe(true);
  });

  it('may end within a second', async () => {
    const { policy, clock } = policyWith({ clockToleranceSeconds: 0 });
    const token = await secretToken({ exp: START_SECONDS + 0.5 });
    expect((await policy.authenticate(token)).expiresAt).toBe(START_SECONDS * 1_000 + 500);
    clock.seconds = START_SECONDS + 0.5;
    expect(await refusal(policy, token)).toContain('expired');
  });

  it('has not come before nbf less the tolerance', async () => {
    const { policy, clock } = policyWith({ clockToleranceSeconds: 5 });
    const token = await secretToken({ nbf: START_SECONDS + 60 });
    clock.seconds = START_SECONDS + 54;
    expect(await refusal(policy, token)).toContain('not valid yet');
    clock.seconds = START_SECONDS + 55;
    expect((await policy.authenticate(token)).name).toBe('ann');
  });

  it('without a tolerance is exact', async () => {
    const { policy, clock } = policyWith({ clockToleranceSeconds: 0 });
    const token = await secretToken({ exp: START_SECONDS + 60 });
    clock.seconds = START_SECONDS + 59;
    expect((await policy.authenticate(token)).expiresAt).toBe((START_SECONDS + 60) * 1_000);
    clock.seconds = START_SECONDS + 60;
    expect(await refusal(policy, token)).toContain('expired');
  });

  it('has no end where requireExpiry is false and there is no exp; one that is there counts', async () => {
    const { policy, clock } = policyWith({ requireExpiry: false });
    const principal = await policy.authenticate(await secretToken({ exp: undefined }));
    expect(principal).toEqual({ name: 'ann' });
    clock.seconds = START_SECONDS * 100;
    expect(policy.authorize(principal, 'subscribe', 'prices.eurusd')).toBe(true);
    expect(await refusal(policy, await secretToken())).toContain('expired');
  });
});

describe('revoke (I1)', () => {
  it.each([
    ['its principal', { sub: 'ann' }],
    ['its id', { jti: 'one' }],
    ['both', { sub: 'ann', jti: 'one' }],
    ['its age', { issuedBefore: START_SECONDS * 1_000 + 1 }],
  ])('by %s ends a token and the principal that it made', async (_, revocation) => {
    const { policy } = policyWith();
    const token = await secretToken({ jti: 'one', iat: START_SECONDS });
    const principal = await policy.authenticate(token);
    const version = policy.version;
    policy.revoke(revocation);
    expect(policy.version).toBe(version + 1);
    expect(policy.isValid(principal)).toBe(false);
    expect(policy.authorize(principal, 'subscribe', 'prices.eurusd')).toBe(false);
    expect(await refusal(policy, token)).toContain('revoked');
  });

  it.each([
    ['another principal', { sub: 'bob' }],
    ['another id', { jti: 'two' }],
    ['this id of another principal', { sub: 'bob', jti: 'one' }],
    ['older tokens', { issuedBefore: START_SECONDS * 1_000 }],
    ['older tokens of the principal', { sub: 'ann', issuedBefore: START_SECONDS * 1_000 }],
  ])('of %s leaves a token alone', async (_, revocation) => {
    const { policy } = policyWith();
    const token = await secretToken({ jti: 'one', iat: START_SECONDS });
    const principal = await policy.authenticate(token);
    policy.revoke(revocation);
    expect(policy.isValid(principal)).toBe(true);
    expect(policy.authorize(principal, 'subscribe', 'prices.eurusd')).toBe(true);
    expect((await policy.authenticate(token)).name).toBe('ann');
  });

  it('while a token is being checked counts for it', async () => {
    const { policy } = policyWith();
    const checking = policy.authenticate(await secretToken());
    policy.revoke({ sub: 'ann' });
    await expect(checking).rejects.toMatchObject({ code: 'AUTH_FAILED' });
  });

  it('is not undone for a principal by the end of the revocation', async () => {
    const { policy, clock } = policyWith();
    const token = await secretToken();
    const principal = await policy.authenticate(token);
    policy.revoke({ sub: 'ann', until: (START_SECONDS + 10) * 1_000 });
    expect(policy.isValid(principal)).toBe(false);
    clock.seconds = START_SECONDS + 10;
    policy.revoke({ sub: 'bob' });
    expect(policy.isValid(principal)).toBe(false);
    expect(policy.isValid(await policy.authenticate(token))).toBe(true);
  });

  it('refuses what it cannot keep, and then nothing has changed', async () => {
    const { policy } = policyWith({ revocationsMax: 1 });
    policy.revoke({ sub: 'bob' });
    const principal = await policy.authenticate(await secretToken());
    expect(() => policy.revoke({ sub: 'ann' })).toThrow(expect.objectContaining({ code: 'REVOCATIONS_FULL' }));
    expect(policy.version).toBe(1);
    expect(policy.isValid(principal)).toBe(true);
  });
});

describe('options that cannot be used', () => {
  const now = () => START_SECONDS * 1_000;
  const secret = { secret: SECRET };

  it.each<[string, Partial<JwtPolicyOptions>, string]>([
    ['a short secret', { keys: { secret: 'x'.repeat(31) } }, 'the secret has 31 bytes, and HS256 wants at least 32'],
    ['short bytes', { keys: { secret: new Uint8Array(31) } }, 'the secret has 31 bytes'],
    ['an empty secret', { keys: { secret: '' } }, 'the secret has 0 bytes'],
    ['a key set without keys', { keys: { jwks: { keys: [] } } }, 'the key set has no keys'],
    [
      'what is no key set',
      { keys: { jwks: { key: [] } as unknown as JSONWebKeySet } },
      'the key set is not of the form',
    ],
    ['null in its place', { keys: { jwks: null as unknown as JSONWebKeySet } }, 'the key set is not of the form'],
    ['a symmetric key', { keys: { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } } }, 'key 0 of the key set is secret'],
    [
      'HS256 with public keys',
      { keys: { jwks: { keys: [{ kty: 'RSA' }] } }, algorithms: ['HS256'] },
      'HS256 cannot be',
    ],
    ['RS256 with a secret', { keys: secret, algorithms: ['RS256'] }, 'RS256 cannot be used with a secret; use HS256'],
    ['none', { keys: secret, algorithms: ['none' as JwtAlgorithm] }, 'none cannot be used'],
    ['no algorithm', { keys: secret, algorithms: [] }, 'algorithms'],
    ['a negative tolerance', { keys: secret, clockToleranceSeconds: -1 }, 'clockToleranceSeconds'],
    ['a tolerance beyond five minutes', { keys: secret, clockToleranceSeconds: 301 }, 'from 0 to 300'],
    ['a tolerance that is no number', { keys: secret, clockToleranceSeconds: Number.NaN }, 'clockToleranceSeconds'],
    ['no room for revocations', { keys: secret, revocationsMax: 0 }, 'revocationsMax'],
    ['http to another machine', { keys: { jwksUrl: 'http://issuer.example/keys' } }, 'must begin with https://'],
    ['http to a name like this one', { keys: { jwksUrl: 'http://localhost.example/keys' } }, 'https://'],
    ['another scheme', { keys: { jwksUrl: 'file:///etc/keys.json' } }, 'https://'],
    ['a password in the address', { keys: { jwksUrl: 'https://me:secret@issuer.example/keys' } }, 'password'],
    ['what is no address', { keys: { jwksUrl: 'issuer.example/keys' } }, 'is no URL'],
    ['a negative cooldown', { keys: { jwksUrl: 'https://a.example/', cooldownMs: -1 } }, 'cooldownMs'],
    ['an age of nothing', { keys: { jwksUrl: 'https://a.example/', maxAgeMs: 0 } }, 'maxAgeMs'],
  ])('%s: PolicyError says what to do', (_, options, problem) => {
    expect(() => new JwtPolicy({ keys: secret, now, ...options })).toThrow(
      expect.objectContaining({ code: 'POLICY_INVALID', message: expect.stringContaining(problem) }),
    );
  });

  it('a public key given as the secret, in either of its forms', async () => {
    const { publicKey } = await generateKeyPair('RS256', { extractable: true });
    const forms = [await exportSPKI(publicKey), JSON.stringify(pairOf('ES256').publicJwk)];
    for (const form of [...forms, new TextEncoder().encode(forms[0])]) {
      expect(() => new JwtPolicy({ keys: { secret: form }, now })).toThrow(/the secret is a key in PEM or JSON form/);
    }
  });

  it('a private key in the key set', async () => {
    const { privateKey } = pairOf('ES256');
    const jwks = { keys: [pairOf('RS256').publicJwk, await exportJWK(privateKey)] };
    expect(() => new JwtPolicy({ keys: { jwks }, now })).toThrow(/key 1 of the key set is secret/);
  });

  it('https to anywhere and http to this machine are taken, and nothing is fetched before a token comes', () => {
    for (const jwksUrl of [
      'https://a.example/k',
      'http://localhost:1/k',
      'http://127.0.0.1:1/k',
      new URL('http://[::1]:1/k'),
    ]) {
      expect(new JwtPolicy({ keys: { jwksUrl }, now })).toBeInstanceOf(JwtPolicy);
    }
  });
});

it('a secret that is changed afterwards in the hands of the caller does not change the policy', async () => {
  const secret = new TextEncoder().encode(SECRET);
  const { policy } = policyWith({ keys: { secret } });
  secret.fill(0);
  expect((await policy.authenticate(await secretToken())).name).toBe('ann');
});
