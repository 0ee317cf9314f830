import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { patternCovers, StaticPolicy } from '../src/index.ts';

describe('patternCovers (I1)', () => {
  it.each([
    ['prices', 'prices', true],
    ['prices', 'price', false],
    ['prices', 'pricess', false],
    ['prices', 'prices.a', false],
    ['prices.a', 'prices', false],
    ['prices.*', 'prices.eurusd', true],
    ['prices.*', 'prices', false],
    ['prices.*', 'prices.fx.eurusd', false],
    ['*', 'a', true],
    ['*', 'a.b', false],
    ['*.b', 'a.b', true],
    ['*.b', 'a.c', false],
    ['a.*.c', 'a.b.c', true],
    ['a.*.c', 'a.c', false],
    ['a.*.c', 'a.b.b.c', false],
    ['*.*', 'a.b', true],
    ['*.*', 'a', false],
    ['>', 'a', true],
    ['>', 'a.b.c', true],
    ['prices.>', 'prices', false],
    ['prices.>', 'prices.a', true],
    ['prices.>', 'prices.a.b', true],
    ['prices.>', 'pricesx.a', false],
    ['*.>', 'a.b', true],
    ['*.>', 'a', false],
    ['A', 'a', false],
    ['a.b', 'axb', false],
  ])('%s covers %s: %s', (pattern, topic, covers) => {
    expect(patternCovers(pattern, topic)).toBe(covers);
  });

  it('a pattern without wildcards covers exactly itself', () => {
    const topic = fc.array(fc.constantFrom('a', 'b', 'ab'), { minLength: 1, maxLength: 4 }).map((t) => t.join('.'));
    fc.assert(fc.property(topic, topic, (one, two) => patternCovers(one, two) === (one === two)));
  });
});

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
    ['nobody-token', 'subscribe', 'prices.eurusd', false],
    [undefined, 'subscribe', 'public.news', true],
    [undefined, 'publish', 'public.news', false],
    [undefined, 'subscribe', 'prices.eurusd', false],
  ] as const)('token %s may %s on %s: %s', async (token, action, topic, allowed) => {
    expect(policy.authorize(await policy.authenticate(token), action, topic)).toBe(allowed);
  });

  it('names who presents a token', async () => {
    expect((await policy.authenticate('ann-token')).name).toBe('ann');
    expect((await policy.authenticate(undefined)).name).toBe('anonymous');
  });

  it.each(['', 'Ann-token', 'ann-token ', '__proto__', 'toString'])(
    'refuses the unknown token %j with AUTH_FAILED',
    async (token) => {
      await expect(policy.authenticate(token)).rejects.toMatchObject({ code: 'AUTH_FAILED' });
    },
  );

  it('the error does not repeat the token', async () => {
    await expect(policy.authenticate('secret-guess')).rejects.toMatchObject({
      message: expect.not.stringContaining('secret-guess'),
    });
  });

  it.each([{}, { users: [] }])(
    '%j admits nobody: AUTH_REQUIRED without a token, AUTH_FAILED with one',
    async (document) => {
      const closed = new StaticPolicy(document);
      await expect(closed.authenticate(undefined)).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
      await expect(closed.authenticate('x')).rejects.toMatchObject({ code: 'AUTH_FAILED' });
    },
  );

  it('a principal of another policy may do nothing', () => {
    expect(policy.authorize({ name: 'ann' }, 'subscribe', 'prices.eurusd')).toBe(false);
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
    [{ users: {} }, 'users'],
    [{ users: [{ ...user, name: 5 }] }, 'users.0.name'],
    [{ users: [user, { ...user, token: '' }] }, 'users.1.token'],
    [{ users: [{ ...user, name: 'a b' }] }, 'users.0.name'],
    [{ users: [{ ...user, name: 'x'.repeat(65) }] }, 'users.0.name'],
    [{ users: [{ name: 'ann', token: 't' }] }, 'users.0'],
    [{ users: [{ ...user, admin: true }] }, 'users.0'],
    [{ users: [{ ...user, allow: [{ ...grant, actions: ['read'] }] }] }, 'users.0.allow.0.actions.0'],
    [{ users: [{ ...user, allow: [{ ...grant, actions: [] }] }] }, 'users.0.allow.0.actions'],
    [{ anonymous: { allow: [grant, { ...grant, pattern: 7 }] } }, 'anonymous.allow.1.pattern'],
    [{ users: [{ ...user, name: 'anonymous' }] }, 'anonymous'],
    [{ users: [user, { ...user, name: 'bob' }] }, 'bob'],
  ])('%j: %s', (document, place) => {
    expect(() => new StaticPolicy(document)).toThrow(
      expect.objectContaining({ name: 'PolicyError', code: 'POLICY_INVALID', message: expect.stringContaining(place) }),
    );
  });

  it.each(['', 'a..b', '.a', 'a.', 'a b', 'a*', '*a', 'a.**', '>.a', 'a.>.b', '>>', 'a>', 'é', 'x'.repeat(256)])(
    'the pattern %j is refused',
    (pattern) => {
      const document = { anonymous: { allow: [{ pattern, actions: ['subscribe'] }] } };
      expect(() => new StaticPolicy(document)).toThrow(expect.objectContaining({ code: 'POLICY_INVALID' }));
    },
  );

  it.each(['a', '*', '>', 'a.*', 'a.>', '*.b', '*.*.>', 'x'.repeat(255)])('the pattern %j is taken', (pattern) => {
    expect(new StaticPolicy({ anonymous: { allow: [{ pattern, actions: ['publish'] }] } })).toBeInstanceOf(
      StaticPolicy,
    );
  });

  it('a field that does not exist is told in words', () => {
    const act = () => new StaticPolicy({ users: [{ ...user, admin: true }] });
    expect(act).toThrow(expect.objectContaining({ message: expect.not.stringContaining('schema is false') }));
  });
});
