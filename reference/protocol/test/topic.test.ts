import { describe, expect, it } from 'vitest';
import { isTopic, TOPIC_BYTES_MAX, TOPIC_PATTERN } from '../src/index.ts';
import { refusalOf } from './support/outcome.ts';

const good = [
  'a',
  'prices',
  'prices.eurusd',
  'prices.fx.eurusd',
  'A-Z.0-9_',
  'user:42',
  'user@example',
  '~home',
  '-',
  '0',
  'x'.repeat(TOPIC_BYTES_MAX),
  `${'ab.'.repeat(84)}abc`,
];

const bad: [string, string][] = [
  ['', 'empty'],
  ['.', 'two empty tokens'],
  ['.a', 'an empty first token'],
  ['a.', 'an empty last token'],
  ['a..b', 'an empty token inside'],
  ['a b', 'a space'],
  [' a', 'a space in front'],
  ['a\n', 'a line feed at the end'],
  ['a\tb', 'a tab'],
  ['a/b', 'a slash'],
  ['prices.*', 'the wildcard of NATS for one token'],
  ['prices.>', 'the wildcard of NATS for the rest'],
  ['a$b', 'a dollar sign'],
  ['a#b', 'a number sign'],
  ['fiyat.dö', 'a letter beyond ASCII'],
  ['ｐrices', 'a full-width letter'],
  ['a\u0000', 'a NUL'],
  ['😀', 'an emoji'],
  ['x'.repeat(TOPIC_BYTES_MAX + 1), '256 bytes'],
  [`${'ab.'.repeat(85)}a`, '256 bytes in tokens'],
];

describe('topic grammar (§2)', () => {
  it.each(good)('takes %s', (name) => {
    expect(isTopic(name)).toBe(true);
  });

  it.each(bad)('refuses %j: %s', (name) => {
    expect(isTopic(name)).toBe(false);
  });

  it('has no more than 255 bytes', () => {
    expect(TOPIC_BYTES_MAX).toBe(255);
  });

  it.each(bad)('the codec refuses %j as isTopic does: %s', (name) => {
    const refusal = refusalOf('json', JSON.stringify({ type: 'subscribe', id: 3, topic: name }));
    expect(refusal).toMatchObject({ code: 'INVALID_FIELD', id: 3, message: expect.stringContaining('topic') });
  });

  it('does not take exponential time over a long name that is wrong at its end', () => {
    expect(new RegExp(TOPIC_PATTERN).test(`${'a.'.repeat(30_000)}!`)).toBe(false);
  });
});
