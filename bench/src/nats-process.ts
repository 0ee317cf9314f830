/** The process that holds a NATS server: it starts it, says what it has used, and ends with it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { BenchError } from './errors.ts';
import { answerParent } from './processes/answers.ts';
import { findNatsServer, NATS_MISSING } from './processes/nats-server.ts';
import { usageOf } from './processes/proc-usage.ts';
import type { Usage } from './processes/usage.ts';

let server: ChildProcess | undefined;

process.on('exit', () => server?.kill('SIGKILL'));

const tasks = {
  /** Starts the server on a free port, with its files in a folder. `startMs` is the time until it said that it is ready. */
  async start({ folder }: { folder: string }): Promise<{ address: string; startMs: number }> {
    const command = findNatsServer();
    if (command === undefined) throw new BenchError('PROCESS_FAILED', NATS_MISSING);
    const startedAt = performance.now();
    const words = ['--addr', '127.0.0.1', '--port', '-1', '--jetstream', '--store_dir', folder];
    const started = spawn(command, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    server = started;
    const address = await ready(started);
    return { address, startMs: performance.now() - startedAt };
  },

  /** Ends the server as a crash would. */
  async crash(): Promise<void> {
    if (server === undefined) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
    server = undefined;
  },

  /** Null where the system does not tell. */
  usage(): Usage | null {
    return server?.pid === undefined ? null : usageOf(server.pid);
  },
};

export type NatsTasks = typeof tasks;

function ready(started: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let address = '';
    let lastLine = '';
    started.once('error', (error) => reject(new BenchError('PROCESS_FAILED', `nats-server: ${error.message}`)));
    started.once('exit', (code) =>
      reject(new BenchError('PROCESS_FAILED', `nats-server ended with ${code}: ${lastLine}`)),
    );
    createInterface({ input: started.stderr as NodeJS.ReadableStream }).on('line', (line) => {
      lastLine = line;
      address = /Listening for client connections on (\S+)/.exec(line)?.[1] ?? address;
      if (line.includes('Server is ready')) resolve(address);
    });
  });
}

answerParent(tasks);
