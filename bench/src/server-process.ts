/** The process that holds the server under measurement, and says how much CPU time it has used. */

import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { answerParent } from './processes/answers.ts';
import { ownUsage } from './processes/usage.ts';
import type { Program } from './programs/program-module.ts';

const isBun = 'Bun' in globalThis;

const COLLECTIONS = 3;
const COLLECTION_PAUSE_MS = 50;

const tasks = {
  /** Starts the program that a module exports as `start`, and returns its address. */
  async start({ module }: { module: string }): Promise<string> {
    const program = (await import(module)) as Program;
    return program.start();
  },

  /**
   * Lets go of what nothing needs any more, and says what its objects and buffers take: the heap of Node keeps room from
   * the start of the program, so connections need not make its process grow. 0 on Bun, whose connections are elsewhere.
   */
  async collect(): Promise<number> {
    for (let round = 0; round < COLLECTIONS; round++) {
      collectGarbage();
      // What has been freed may have held buffers, and other threads give the memory back.
      await pause(COLLECTION_PAUSE_MS);
    }
    const { heapUsed, external } = process.memoryUsage();
    return isBun ? 0 : heapUsed + external;
  },

  usage: ownUsage,
};

export type ServerTasks = typeof tasks;

function collectGarbage(): void {
  if (isBun) {
    Bun.gc(true);
    return;
  }
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

answerParent(tasks);
