/** The process that holds the server under measurement, and says how much CPU time it has used. */

import { answerParent } from './processes/answers.ts';
import { ownUsage } from './processes/usage.ts';
import type { Program } from './programs/program.ts';

const tasks = {
  /** Starts the program that a module exports as `start`, and returns its address. */
  async start({ module }: { module: string }): Promise<string> {
    const program = (await import(module)) as Program;
    return program.start();
  },

  usage: ownUsage,
};

export type ServerTasks = typeof tasks;

answerParent(tasks);
