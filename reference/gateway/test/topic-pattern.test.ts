import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { isTopicPattern } from '../src/core/topic-pattern.ts';
import { patternCovers } from '../src/index.ts';

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
    ['a:b', 'a:b', true],
    ['a', 'a:b', false],
  ])('%s covers %s: %s', (pattern, topic, covers) => {
    expect(patternCovers(pattern, topic)).toBe(covers);
  });

  it('a pattern without wildcards covers exactly itself', () => {
    const topic = fc.array(fc.constantFrom('a', 'b', 'ab'), { minLength: 1, maxLength: 4 }).map((t) => t.join('.'));
    fc.assert(
      fc.property(topic, topic, (one, two) => patternCovers(one, two) === (one === two)),
      { numRuns: runs(100) },
    );
  });
});

describe('isTopicPattern', () => {
  it.each(['a', '*', '>', 'a.*', 'a.>', '*.b', '*.*.>', 'x'.repeat(255)])('%j is one', (pattern) => {
    expect(isTopicPattern(pattern)).toBe(true);
  });

  it.each([
    ...[
      '',
      '.',
      'a..b',
      '.a',
      'a.',
      'a b',
      'a*',
      '*a',
      'a.**',
      '>.a',
      'a.>.b',
      '>>',
      'a>',
      'a.b>',
      'é',
      'a\n',
      'a.*\n',
    ],
    'x'.repeat(256),
  ])('%j is none', (pattern) => {
    expect(isTopicPattern(pattern)).toBe(false);
  });
});
