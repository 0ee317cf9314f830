/** A server of prices that the benchmarks measure: a module that starts it. */

import type { Wish } from './load-process.ts';

export interface FeedProgram {
  /** Starts the server on a free port of this machine. It lives as long as its process, and has no channels yet. */
  start(): Promise<FeedServer>;
}

export interface FeedServer {
  /**
   * Where it speaks the frames `setup`, `subscribe`, `publish`, `ready`, `subscribed`, `ack` and `message` in JSON, so that
   * the same load generator and the same checks serve all programs.
   */
  readonly address: string;
  /** Creates the channels 0 to `count - 1` with the margins of `market.ts`, and resolves with the version of each. */
  createChannels(count: number): Promise<readonly number[]>;
}

/** A program's name in the result, the address of its module, and what its subscribers ask for and must get. */
export interface FeedProgramEntry {
  readonly name: string;
  readonly module: string;
  readonly wish: Wish;
  readonly delivers: 'every' | 'newest';
}

export const PRICE_FEED = new URL('./price-feed.ts', import.meta.url).href;
export const NAIVE = new URL('./naive.ts', import.meta.url).href;
