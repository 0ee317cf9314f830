/** What the price feed adds to `GET /metrics`. */

import { figureFamily, type MetricFamily } from '@micro-socket/gateway/http';
import type { FeedFigures } from './price-feed-port.ts';

const PREFIX = 'price_feed_';

/** Each time the same families; without a source theirs have no samples. */
export function feedMetrics({ instruments, channels, source }: FeedFigures): MetricFamily[] {
  const gauge = (name: string, help: string, value: number) =>
    figureFamily(`${PREFIX}${name}`, { type: 'gauge', help }, value);
  const ofSource = (name: string, help: string, value: number | undefined) => {
    const family = figureFamily(`${PREFIX}${name}`, { type: 'counter', help }, value ?? 0);
    return value === undefined ? { ...family, samples: [] } : family;
  };
  const refused = Object.entries(source?.refused ?? {}).map(([reason, value]) => ({ labels: { reason }, value }));
  return [
    gauge('instruments', 'Instruments of the feed.', instruments),
    gauge('channels', 'Channels of the feed.', channels),
    {
      name: `${PREFIX}source_ok`,
      type: 'gauge',
      help: 'Whether the source that runs here tells prices: 1, or 0.',
      samples:
        source === undefined ? [] : [{ labels: { source: source.source }, value: source.state === 'ok' ? 1 : 0 }],
    },
    ofSource('accepted', 'Ticks that passed the gate.', source?.accepted),
    { ...ofSource('refused', 'Ticks that did not pass the gate, by reason.', undefined), samples: refused },
    ofSource('stored', 'Ticks that are stored.', source?.stored),
    ofSource('conflated', 'Ticks replaced by a newer one before they could be stored.', source?.conflated),
    ofSource('unstorable', 'Ticks that the backbone has refused for good.', source?.unstorable),
  ];
}
