/** Texts of the trading screen in the language of the page. */

import type { ComputedRef } from 'vue';
import { type PriceFeedText, priceFeedEn } from '../../locales/price-feed.en.ts';
import { priceFeedEs } from '../../locales/price-feed.es.ts';
import { priceFeedTr } from '../../locales/price-feed.tr.ts';
import { fill, type LiveFormat } from '../live/live-text.ts';
import { useTextOf } from '../text.ts';
import type { FeedName } from './feeds.ts';
import type { ScreenEvent } from './screen-events.ts';
import type { ReadRate, Tier } from './settings.ts';

export { fill, useLiveFormat } from '../live/live-text.ts';

const screenTexts = { en: priceFeedEn, tr: priceFeedTr, es: priceFeedEs };

export function useScreenText(): ComputedRef<PriceFeedText> {
  return useTextOf(screenTexts);
}

export function tierText(tier: Tier, { tiers }: PriceFeedText, format: LiveFormat): string {
  return typeof tier === 'number' ? format.plural(tiers.rate, tier) : tiers[tier];
}

export function readRateText(rate: ReadRate, { reader }: PriceFeedText, format: LiveFormat): string {
  return rate === undefined ? reader.full : format.plural(reader.rate, rate);
}

export function eventText(event: ScreenEvent, text: PriceFeedText, format: LiveFormat): string {
  const named = (feed: FeedName) => text.feeds[feed];
  switch (event.kind) {
    case 'resumed':
      return fill(text.events.resumed, {
        feed: named(event.feed),
        recovered: `${event.recovered} (${text.recovered[event.recovered]})`,
        behind: format.plural(text.messages, event.behind),
      });
    case 'switched':
      return fill(text.events.switched, {
        feed: named(event.feed),
        seqNo: format.number(event.seqNo),
        instruments: format.plural(text.instruments, event.instruments),
      });
    case 'health':
      return fill(text.events.health, { feed: named(event.feed), state: text.health[event.state] });
    case 'missing':
      return fill(text.events.missing, { feed: named(event.feed) });
    case 'lost':
    case 'refused':
    case 'failed':
      return fill(text.events[event.kind], { why: event.why });
    default:
      return text.events[event.kind];
  }
}
