/** The process that holds the server under measurement, and says how much CPU time it has used. */

import { answerParent } from './processes/answers.ts';
import type { Program } from './programs/program.ts';

/** What the server's process has used since it started. */
export interface ServerMark {
  /** CPU time of all its threads in its own code … */
  readonly userMicros: number;
  /** … and in the kernel. */
  readonly systemMicros: number;
  readonly rssBytes: number;
}

const tasks = {
  /** Starts the program that a module exports as `start`, and returns its address. */
  async start({ module }: { module: string }): Promise<string> {
    const program = (await import(module)) as Program;
    return program.start();
  },

  mark(): ServerMark {
    const { user, system } = process.cpuUsage();
    return { userMicros: user, systemMicros: system, rssBytes: process.memoryUsage.rss() };
  },
};

export type ServerTasks = typeof tasks;

answerParent(tasks);
