export { type RunningFeed, type ServeFeedOptions, serveFeed } from './serve-feed.ts';
export * from './sources.ts';
