/** A server of prices and its load generator, each in a process of its own. */

import type { LoadSample } from '../load/closed-loop.ts';
import { Child } from '../processes/child.ts';
import { loadCoreOf, type Pinning, serverCoreOf } from '../processes/pinning.ts';
import { cpuMicrosBetween } from '../processes/usage.ts';
import type { FeedTasks } from './feed-process.ts';
import type { FeedProgramEntry } from './feed-program.ts';
import type { PriceLoadTasks } from './load-process.ts';
import type { ConnectionTopics } from './price-check.ts';

export interface FeedPairOptions {
  readonly program: FeedProgramEntry;
  readonly silenceMsMax: number;
  readonly pinning: Pinning;
  readonly signal: AbortSignal;
}

/** What a server has used during some work, and what the load generator did meanwhile. */
export interface Used extends LoadSample {
  /** CPU time of all threads of the server's process. */
  readonly serverCpuMicros: number;
  /** Memory of the server's process when the work had ended. */
  readonly rssBytes: number;
}

export class FeedPair {
  readonly server: Child<FeedTasks>;
  readonly load: Child<PriceLoadTasks>;
  readonly #options: FeedPairOptions;

  /** Starts both processes; `end` is to be called in any case. */
  constructor(options: FeedPairOptions) {
    const { program, pinning, signal } = options;
    this.#options = options;
    this.server = new Child({
      name: `the server of ${program.name}`,
      file: new URL('./feed-process.ts', import.meta.url),
      core: serverCoreOf(pinning),
      signal,
    });
    this.load = new Child({
      name: `the load generator of ${program.name}`,
      file: new URL('./load-process.ts', import.meta.url),
      core: loadCoreOf(pinning),
      signal,
    });
  }

  /** Starts the server and connects the publisher; there are no channels yet. */
  async open(): Promise<void> {
    const { program, silenceMsMax } = this.#options;
    const address = await this.server.ask('start', { module: program.module });
    await this.load.ask('open', { address, silenceMsMax });
  }

  /** Creates channels and connects subscribers: for each connection the channels that it subscribes to. */
  async subscribe(channels: number, topics: readonly ConnectionTopics[]): Promise<void> {
    const { wish, delivers } = this.#options.program;
    const versions = await this.server.ask('createChannels', { count: channels });
    await this.load.ask('subscribe', { topics, versions, wish, delivers });
  }

  async using(work: () => Promise<LoadSample>): Promise<Used> {
    const before = await this.server.ask('usage');
    const sample = await work();
    const after = await this.server.ask('usage');
    return { ...sample, serverCpuMicros: cpuMicrosBetween(before, after), rssBytes: after.rssBytes };
  }

  async end(): Promise<void> {
    await Promise.all([this.load.end(), this.server.end()]);
  }
}
