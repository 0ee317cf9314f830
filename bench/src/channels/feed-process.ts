/** The process that holds the server of prices under measurement, and says what it has used. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BenchError } from '../errors.ts';
import { answerParent } from '../processes/answers.ts';
import { ownUsage } from '../processes/usage.ts';
import type { FeedProgram, FeedServer } from './feed-program.ts';

let server: FeedServer | undefined;

const tasks = {
  /** Starts the program that a module exports as `start`, and returns its address. */
  async start({ module }: { module: string }): Promise<string> {
    server = await ((await import(module)) as FeedProgram).start();
    return server.address;
  },

  /** Resolves with their versions. */
  createChannels({ count }: { count: number }): Promise<readonly number[]> {
    if (server === undefined) throw new BenchError('PROCESS_FAILED', 'start comes first');
    return server.createChannels(count);
  },

  /** What its objects and buffers take, without garbage: that is collected first. */
  liveBytes(): number {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    // What the first one has freed may have held buffers.
    collect();
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  },

  usage: ownUsage,
};

export type FeedTasks = typeof tasks;

answerParent(tasks);
