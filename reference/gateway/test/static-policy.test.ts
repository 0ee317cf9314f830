import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { StaticPolicy } from '../src/index.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('StaticPolicy (I1)', () => {
  const policy = new StaticPolicy({
    anonymous: { allow: [{ pattern: 'public.>', actions: ['subscribe'] }] },
    users: [
      {
        name: 'ann',
        token: 'ann-token',
        allow: [
          { pattern: 'prices.*', actions: ['subscribe'] },
          { pattern: 'prices.own', actions: ['publish'] },
          { pattern: 'room.*', actions: ['presence'] },
        ],
      },
      { name: 'nobody', token: 'nobody-token', allow: [] },
    ],
  });

  it.each([
    ['ann-token', 'subscribe', 'prices.eurusd', true],
    ['ann-token', 'publish', 'prices.eurusd', false],
    ['ann-token', 'publish', 'prices.own', true],
    ['ann-token', 'subscribe', 'prices.own', true],
    ['ann-token', 'subscribe', 'public.news', false],
    ['ann-token', 'subscribe', 'orders', false],
    ['ann-token', 'presence', 'room.7', true],
    ['ann-token', 'subscribe', 'room.7', false],
    ['ann-token', 'presence', 'prices.own', false],
    ['nobody-token', 'subscribe', 'prices.eurusd', false],
    [undefined, 'subscribe', 'public.news', true],
    [undefined, 'publish', 'public.news', false],
    [undefined, 'subscribe', 'prices.eurusd', false],
  ] as const)('token %s may %s on %s: %s', async (token, action, topic, allowed) => {
    expect(policy.authorize(await policy.authenticate(token), action, topic)).toBe(allowed);
  });

  it('names who presents a token', async () => {
    expect(await policy.authenticate('ann-token')).toEqual({ name: 'ann' });
    expect(await policy.authenticate(undefined)).toEqual({ name: 'anonymous' });
  });

  it.each([
    '',
    'a',
    'Ann-token',
    'ann-token ',
    'ann-tokens',
    '__proto__',
    'toString',
    sha256('ann-token'),
    'x'.repeat(9_000),
  ])('refuses the unknown token %j with AUTH_FAILED', async (token) => {
    await expect(policy.authenticate(token)).rejects.toMatchObject({ code: 'AUTH_FAILED' });
  });

  it('the error does not repeat the token', async () => {
    await expect(policy.authenticate('secret-guess')).rejects.toMatchObject({
      message: expect.not.stringContaining('secret-guess'),
    });
  });

  it('tells users apart whose tokens begin alike', async () => {
    const users = Array.from({ length: 50 }, (_, n) => ({
      name: `user-${n}`,
      token: `${'x'.repeat(60)}${n}`,
      allow: [],
    }));
    const crowded = new StaticPolicy({ users });
    for (const { name, token } of users) expect(await crowded.authenticate(token)).toEqual({ name });
    await expect(crowded.authenticate('x'.repeat(60))).rejects.toMatchObject({ code: 'AUTH_FAILED' });
  });

  it.each([{}, { users: [] }])(
    '%j admits nobody: AUTH_REQUIRED without a token, AUTH_FAILED with one',
    async (document) => {
      const closed = new StaticPolicy(document);
      await expect(closed.authenticate(undefined)).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
      await expect(closed.authenticate('x')).rejects.toMatchObject({ code: 'AUTH_FAILED' });
    },
  );

  it('a principal of another policy may do nothing and is not valid', async () => {
    expect(policy.authorize({ name: 'ann' }, 'subscribe', 'prices.eurusd')).toBe(false);
    expect(policy.isValid({ name: 'ann' })).toBe(false);
    const twin = new StaticPolicy({ anonymous: { allow: [{ pattern: '>', actions: ['subscribe'] }] } });
    expect(policy.authorize(await twin.authenticate(undefined), 'subscribe', 'public.news')).toBe(false);
  });
});

describe('keys that the document holds as digests (I1)', () => {
  const key = 'a key that a program made: čž€😀';
  const allow = [{ pattern: 'a', actions: ['publish'] }];

  it.each([
    ['lower case', sha256(key)],
    ['upper case', sha256(key).toUpperCase()],
  ])('admit who presents the key, in %s', async (_, keySha256) => {
    const policy = new StaticPolicy({ users: [{ name: 'pricer', kind: 'service', keySha256, allow }] });
    const principal = await policy.authenticate(key);
    expect(principal).toEqual({ name: 'pricer', kind: 'service' });
    expect(policy.authorize(principal, 'publish', 'a')).toBe(true);
    await expect(policy.authenticate(keySha256)).rejects.toMatchObject({ code: 'AUTH_FAILED' });
  });

  it('one key cannot belong to two users, however it is written', () => {
    const users = [
      { name: 'ann', token: key, allow },
      { name: 'bob', keySha256: sha256(key).toUpperCase(), allow },
    ];
    expect(() => new StaticPolicy({ users })).toThrow(
      expect.objectContaining({ message: expect.stringContaining('bob has the same token as another user') }),
    );
  });

  it('one user may have several tokens, so that one can take the place of another', async () => {
    const users = [
      { name: 'ann', token: 'old', allow },
      { name: 'ann', token: 'new', allow },
    ];
    const policy = new StaticPolicy({ users });
    expect((await policy.authenticate('old')).name).toBe('ann');
    expect((await policy.authenticate('new')).name).toBe('ann');
  });
});

describe('replace (I1)', () => {
  const read = [{ pattern: 'a', actions: ['subscribe'] }];
  const write = [{ pattern: 'a', actions: ['publish'] }];
  const users = [
    { name: 'ann', token: 'ann-token', allow: read },
    { name: 'bob', token: 'bob-token', allow: read },
  ];

  async function annAndBob() {
    const policy = new StaticPolicy({ users });
    const [ann, bob] = [await policy.authenticate('ann-token'), await policy.authenticate('bob-token')];
    return { policy, ann, bob };
  }

  it('raises the version each time', async () => {
    const { policy } = await annAndBob();
    const versions = [policy.version];
    for (const document of [{ users }, {}]) {
      policy.replace(document);
      versions.push(policy.version);
    }
    expect(versions).toEqual([0, 1, 2]);
  });

  it('gives those who stay their new grants at once, without a new setup', async () => {
    const { policy, ann } = await annAndBob();
    policy.replace({ users: [{ name: 'ann', token: 'ann-token', allow: write }] });
    expect(policy.isValid(ann)).toBe(true);
    expect(policy.authorize(ann, 'subscribe', 'a')).toBe(false);
    expect(policy.authorize(ann, 'publish', 'a')).toBe(true);
    expect(await policy.authenticate('ann-token')).toBe(ann);
  });

  it('knows a token again that is written as a digest from now on', async () => {
    const { policy, ann } = await annAndBob();
    policy.replace({ users: [{ name: 'ann', keySha256: sha256('ann-token'), allow: read }] });
    expect(policy.isValid(ann)).toBe(true);
  });

  it.each([
    ['is removed', []],
    ['changes', [{ name: 'bob', token: 'bob-token-2', allow: read }]],
    ['goes to another name', [{ name: 'eve', token: 'bob-token', allow: read }]],
    ['becomes that of a service', [{ name: 'bob', kind: 'service', token: 'bob-token', allow: read }]],
  ])('invalidates a principal whose token %s, and nobody else', async (_, changed) => {
    const { policy, ann, bob } = await annAndBob();
    policy.replace({ users: [users[0], ...changed] });
    expect(policy.isValid(bob)).toBe(false);
    expect(policy.authorize(bob, 'subscribe', 'a')).toBe(false);
    expect(policy.isValid(ann)).toBe(true);
    expect(policy.authorize(ann, 'subscribe', 'a')).toBe(true);
  });

  it('a principal that became invalid stays so when its token returns', async () => {
    const { policy, bob } = await annAndBob();
    policy.replace({});
    policy.replace({ users });
    expect(policy.isValid(bob)).toBe(false);
    expect(policy.isValid(await policy.authenticate('bob-token'))).toBe(true);
  });

  it('ends and begins anonymous access', async () => {
    const policy = new StaticPolicy({ anonymous: { allow: read } });
    const anonymous = await policy.authenticate(undefined);
    policy.replace({ anonymous: { allow: write } });
    expect(policy.isValid(anonymous)).toBe(true);
    expect(policy.authorize(anonymous, 'publish', 'a')).toBe(true);
    policy.replace({ users });
    expect(policy.isValid(anonymous)).toBe(false);
    await expect(policy.authenticate(undefined)).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
  });

  it.each([
    { users: 1 },
    { users: [{ name: 'ann', token: 'ann-token', allow: [{ pattern: 'a..b', actions: ['publish'] }] }] },
    { users: [users[0], { ...users[0], name: 'eve' }] },
  ])('changes nothing when the document cannot be used: %j', async (document) => {
    const { policy, ann, bob } = await annAndBob();
    expect(() => policy.replace(document)).toThrow(expect.objectContaining({ code: 'POLICY_INVALID' }));
    expect(policy.version).toBe(0);
    for (const principal of [ann, bob]) {
      expect(policy.isValid(principal)).toBe(true);
      expect(policy.authorize(principal, 'subscribe', 'a')).toBe(true);
    }
  });
});

describe('a policy document that cannot be used names the place', () => {
  const user = { name: 'ann', token: 't', allow: [] };
  const grant = { pattern: 'a', actions: ['subscribe'] };

  it.each([
    [null, 'the document'],
    [[], 'the document'],
    ['x', 'the document'],
    [{ user: [] }, 'user'],
    [{ jwt: {} }, 'jwt'],
    [{ users: {} }, 'users'],
    [{ users: [{ ...user, name: 5 }] }, 'users.0.name'],
    [{ users: [user, { ...user, token: '' }] }, 'users.1.token'],
    [{ users: [{ ...user, name: 'a b' }] }, 'users.0.name'],
    [{ users: [{ ...user, name: 'x'.repeat(65) }] }, 'users.0.name'],
    [{ users: [{ name: 'ann', token: 't' }] }, 'users.0'],
    [{ users: [user, { name: 'bob', allow: [] }] }, 'users.1 wants one of token and keySha256'],
    [{ users: [{ ...user, keySha256: sha256('t') }] }, 'users.0 wants one of token and keySha256'],
    [{ users: [{ name: 'ann', keySha256: 'abc', allow: [] }] }, 'users.0.keySha256'],
    [{ users: [{ name: 'ann', keySha256: `${sha256('t')}0`, allow: [] }] }, 'users.0.keySha256'],
    [{ users: [{ name: 'ann', keySha256: 'g'.repeat(64), allow: [] }] }, 'users.0.keySha256'],
    [{ users: [{ ...user, kind: 'admin' }] }, 'users.0.kind'],
    [{ users: [{ ...user, admin: true }] }, 'users.0'],
    [{ users: [{ ...user, allow: [{ ...grant, actions: ['read'] }] }] }, 'users.0.allow.0.actions.0'],
    [{ users: [{ ...user, allow: [{ ...grant, actions: [] }] }] }, 'users.0.allow.0.actions'],
    [{ users: [{ ...user, allow: [grant, { ...grant, pattern: 'a..b' }] }] }, 'users.0.allow.1.pattern "a..b"'],
    [{ users: [{ ...user, allow: Array(1_001).fill(grant) }] }, 'users.0.allow'],
    [{ anonymous: { allow: [grant, { ...grant, pattern: 7 }] } }, 'anonymous.allow.1.pattern'],
    [{ anonymous: { allow: [{ ...grant, pattern: '>.a' }] } }, 'anonymous.allow.0.pattern ">.a"'],
    [{ users: [user, { ...user, name: 'anonymous' }] }, 'users.1.name'],
    [{ users: [user, { ...user, name: 'bob' }] }, 'bob'],
  ])('%#: %j: %s', (document, place) => {
    expect(() => new StaticPolicy(document)).toThrow(
      expect.objectContaining({ name: 'PolicyError', code: 'POLICY_INVALID', message: expect.stringContaining(place) }),
    );
  });

  it.each(['', 'a..b', 'a*', 'a.>.b', 'x'.repeat(256)])('the pattern %j is refused', (pattern) => {
    const document = { anonymous: { allow: [{ pattern, actions: ['subscribe'] }] } };
    expect(() => new StaticPolicy(document)).toThrow(expect.objectContaining({ code: 'POLICY_INVALID' }));
  });

  it('1,000 grants and 10,000 users are taken, one more is not', () => {
    const allow = Array.from({ length: 1_000 }, (_, n) => ({ pattern: `a.${n}`, actions: ['subscribe'] }));
    const users = Array.from({ length: 10_000 }, (_, n) => ({ name: `u${n}`, keySha256: sha256(`${n}`), allow: [] }));
    expect(() => new StaticPolicy({ anonymous: { allow }, users })).not.toThrow();
    expect(() => new StaticPolicy({ users: [...users, { name: 'more', token: 't', allow: [] }] })).toThrow(/users/);
  });

  it('a field that does not exist is told in words', () => {
    const act = () => new StaticPolicy({ users: [{ ...user, admin: true }] });
    expect(act).toThrow(expect.objectContaining({ message: expect.not.stringContaining('schema is false') }));
  });

  it('the error does not repeat a token', () => {
    const users = [user, { ...user, token: 'x'.repeat(9_000) }];
    expect(() => new StaticPolicy({ users })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('xx') }),
    );
  });
});
