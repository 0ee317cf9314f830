/** The process that holds a server that knows nothing of benchmarks: it starts it, says what it has used, and ends with it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { BenchError } from './errors.ts';
import { answerParent } from './processes/answers.ts';
import { familyOf, familyUsageOf } from './processes/proc-usage.ts';
import type { Usage } from './processes/usage.ts';

export interface ExternalStart {
  readonly command: string;
  readonly words: readonly string[];
  /** The file that it reads, and what is to be in it. */
  readonly configFile: string;
  readonly config: string;
  /** Where it will listen. */
  readonly port: number;
}

export interface ExternalWish extends ExternalStart {
  /** What it is in a program: `nats-server`. */
  readonly role: string;
}

const START_MS_MAX = 30_000;
const LOOK_AGAIN_MS = 20;
const LAST_WORDS_BYTES_MAX = 2_000;

let server: ChildProcess | undefined;

// A server with workers is ended with all of them: a worker whose master was killed would go on.
process.on('exit', () => {
  if (server?.pid === undefined) return;
  for (const pid of familyOf(server.pid)) kill(pid);
});

const tasks = {
  /** Resolves when something listens at the port. */
  async start({ command, words, configFile, config, port }: ExternalStart): Promise<void> {
    writeFileSync(configFile, config);
    const started = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    server = started;
    let lastWords = '';
    const hear = (chunk: Buffer) => {
      lastWords = `${lastWords}${chunk}`.slice(-LAST_WORDS_BYTES_MAX);
    };
    started.stdout.on('data', hear);
    started.stderr.on('data', hear);
    let gone: string | undefined;
    started.once('error', (error) => {
      gone = error.message;
    });
    started.once('exit', (code, signal) => {
      gone ??= `it ended with ${signal ?? code}: ${lastWords}`;
    });
    const deadline = performance.now() + START_MS_MAX;
    while (!(await isListening(port))) {
      if (performance.now() > deadline) gone ??= `nothing listens at ${port}: ${lastWords}`;
      if (gone !== undefined) throw new BenchError('PROCESS_FAILED', `${command}: ${gone}`);
      await pause(LOOK_AGAIN_MS);
    }
  },

  /** Of the server and all that it has started; null where the system does not tell. */
  usage(): Usage | null {
    return server?.pid === undefined ? null : familyUsageOf(server.pid);
  },
};

export type ExternalTasks = typeof tasks;

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

answerParent(tasks);
