import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../../tests/support/runs.ts';
import { type RevocableToken, type Revocation, Revocations } from '../../src/jwt/revocations.ts';

const NOW = 1_000;
const token = { sub: 'ann', jti: 'one', issuedAt: 500 };

function listOf(lengthMax: number, ...revocations: readonly Revocation[]): Revocations {
  const list = new Revocations(lengthMax);
  for (const revocation of revocations) list.add(revocation, NOW);
  return list;
}

describe('a revocation (I1)', () => {
  it.each<[Revocation, boolean]>([
    [{ sub: 'ann' }, true],
    [{ sub: 'bob' }, false],
    [{ jti: 'one' }, true],
    [{ jti: 'two' }, false],
    [{ sub: 'ann', jti: 'one' }, true],
    [{ sub: 'ann', jti: 'two' }, false],
    [{ sub: 'bob', jti: 'one' }, false],
    [{ issuedBefore: 501 }, true],
    [{ issuedBefore: 500 }, false],
    [{ sub: 'ann', issuedBefore: 501 }, true],
    [{ sub: 'ann', issuedBefore: 500 }, false],
    [{ sub: 'bob', issuedBefore: 501 }, false],
    [{ jti: 'one', issuedBefore: 501 }, true],
    [{ sub: 'ann', until: 1_001 }, true],
    [{ sub: 'ann', until: 1_000 }, false],
  ])('%j covers a token of ann with the id one issued at 500: %s', (revocation, covered) => {
    expect(listOf(10, revocation).cover(token, NOW)).toBe(covered);
  });

  it('covers by its time a token that does not say when it was issued', () => {
    expect(listOf(10, { issuedBefore: 1 }).cover({ ...token, issuedAt: undefined }, NOW)).toBe(true);
  });

  it('is not confused by names and ids that look alike', () => {
    const list = listOf(10, { jti: 'ann one' });
    expect(list.cover(token, NOW)).toBe(false);
    expect(list.cover({ sub: 'ann', jti: undefined, issuedAt: undefined }, NOW)).toBe(false);
    expect(listOf(10, { sub: 'ann', jti: ' x' }).cover({ ...token, jti: 'x' }, NOW)).toBe(false);
  });

  it.each<[Revocation, string]>([
    [{}, 'at least one of'],
    [{ until: 5 }, 'at least one of'],
    [{ sub: '' }, 'sub'],
    [{ sub: 'a b' }, 'sub'],
    [{ jti: '' }, 'jti'],
    [{ issuedBefore: Number.NaN }, 'issuedBefore'],
    [{ sub: 'ann', until: Number.NaN }, 'until'],
  ])('%j is refused: it would revoke nothing, or everything', (revocation, problem) => {
    expect(() => listOf(10, revocation)).toThrow(
      expect.objectContaining({ code: 'REVOCATION_INVALID', message: expect.stringContaining(problem) }),
    );
  });
});

describe('the list of revocations', () => {
  it('refuses one more than it may hold, and forgets none', () => {
    const list = listOf(2, { sub: 'ann' }, { sub: 'bob', until: NOW + 1 });
    expect(() => list.add({ sub: 'eve' }, NOW)).toThrow(
      expect.objectContaining({ code: 'REVOCATIONS_FULL', message: expect.stringContaining('2 revocations') }),
    );
    expect(list.cover(token, NOW)).toBe(true);
    expect(list.cover({ ...token, sub: 'bob' }, NOW)).toBe(true);
  });

  it('makes room by those that no longer count', () => {
    const list = listOf(2, { sub: 'ann' }, { sub: 'bob', until: NOW + 1 });
    list.add({ sub: 'eve' }, NOW + 1);
    expect(list.cover({ ...token, sub: 'eve' }, NOW + 1)).toBe(true);
    expect(list.cover(token, NOW + 1)).toBe(true);
    expect(() => list.add({ sub: 'joe' }, NOW + 1)).toThrow(expect.objectContaining({ code: 'REVOCATIONS_FULL' }));
  });

  it('needs no more room when a revocation is repeated or widened', () => {
    const list = listOf(1);
    for (let n = 0; n < 100; n++) list.add({ sub: 'ann', issuedBefore: 400 + n }, NOW);
    expect(list.cover(token, NOW)).toBe(false);
    list.add({ sub: 'ann', issuedBefore: 501 }, NOW);
    list.add({ sub: 'ann', issuedBefore: 10 }, NOW);
    expect(list.cover(token, NOW)).toBe(true);
  });

  it('takes a wider one in the place of several when it is full', () => {
    const list = listOf(2, { sub: 'ann', issuedBefore: 10 }, { sub: 'ann', issuedBefore: 9, until: NOW + 5 });
    list.add({ sub: 'ann' }, NOW);
    list.add({ sub: 'bob' }, NOW);
    expect(list.cover(token, NOW)).toBe(true);
  });

  it('covers what any of its revocations means, in whatever order they came', () => {
    const names = fc.constantFrom('ann', 'bob');
    const ids = fc.constantFrom('one', 'two');
    const moments = fc.integer({ min: 0, max: 5 });
    const revocations = fc
      .record({ sub: names, jti: ids, issuedBefore: moments, until: moments }, { requiredKeys: [] })
      .filter(({ sub, jti, issuedBefore }) => (sub ?? jti ?? issuedBefore) !== undefined);
    const tokens = fc.record({
      sub: names,
      jti: fc.option(ids, { nil: undefined }),
      issuedAt: fc.option(moments, { nil: undefined }),
    });
    const means = (one: Revocation, { sub, jti, issuedAt }: RevocableToken, now: number) =>
      (one.sub ?? sub) === sub &&
      (one.jti === undefined || one.jti === jti) &&
      (one.issuedBefore === undefined || issuedAt === undefined || issuedAt < one.issuedBefore) &&
      (one.until === undefined || now < one.until);
    const property = fc.property(fc.array(revocations, { maxLength: 8 }), tokens, moments, (added, asked, now) => {
      const list = new Revocations(8);
      for (const revocation of added) list.add(revocation as Revocation, 0);
      const meant = added.some((revocation) => means(revocation as Revocation, asked, now));
      expect(list.cover(asked, now)).toBe(meant);
    });
    fc.assert(property, { numRuns: runs(500) });
  });
});
