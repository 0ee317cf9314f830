import { expect, it } from 'vitest';
import { priceFeedEn } from '../../.vitepress/locales/price-feed.en.ts';
import { priceFeedEs } from '../../.vitepress/locales/price-feed.es.ts';
import { priceFeedTr } from '../../.vitepress/locales/price-feed.tr.ts';

/** Each text's path, with the places in it that are filled. */
function placesIn(value: object, path = ''): string[] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    if (typeof inner !== 'string') return placesIn(inner as object, `${path}.${key}`);
    return [`${path}.${key}: ${[...new Set(inner.match(/\{\w+\}/g))].sort().join(' ')}`];
  });
}

it.each([
  ['Turkish', priceFeedTr],
  ['Spanish', priceFeedEs],
])('the screen’s %s texts have the same places to fill as the English ones', (_, texts) => {
  expect(placesIn(texts)).toEqual(placesIn(priceFeedEn));
});
