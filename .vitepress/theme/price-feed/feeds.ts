/** The feeds that the screen shows side by side: the main one, and two channels of it. */

export const CHANNELS = ['gold', 'silver'] as const;
export type ChannelName = (typeof CHANNELS)[number];

export const FEEDS = ['main', ...CHANNELS] as const;
export type FeedName = (typeof FEEDS)[number];

export const SIDES = ['bid', 'ask', 'last'] as const;
export type Side = (typeof SIDES)[number];

const MAIN_TOPIC = 'prices';

export function topicOf(feed: FeedName): string {
  return feed === 'main' ? MAIN_TOPIC : `${MAIN_TOPIC}.${feed}`;
}

/** One value for each feed. */
export function perFeed<Value>(make: (feed: FeedName) => Value): Record<FeedName, Value> {
  return { main: make('main'), gold: make('gold'), silver: make('silver') };
}
