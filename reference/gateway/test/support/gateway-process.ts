/** The gateway command as a real process. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const cli = fileURLToPath(new URL('../../src/node/cli.ts', import.meta.url));

export const examplePolicy = fileURLToPath(new URL('../../../../examples/node-gateway/policy.json', import.meta.url));

export class GatewayProcess {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  stderr = '';

  constructor(child: ChildProcess) {
    this.child = child;
    child.stderr?.on('data', (chunk) => {
      this.stderr += chunk;
    });
  }

  /** Starts the command itself. */
  static start(...words: string[]): GatewayProcess {
    // What the test runner was started by is no business of the command.
    const { npm_lifecycle_event: _event, ...env } = process.env;
    return new GatewayProcess(
      spawn(process.execPath, ['--import', 'tsx', cli, ...words], { cwd: root, env, detached: true }),
    );
  }

  /** Starts it as a person would. */
  static startByNpm(...words: string[]): GatewayProcess {
    return new GatewayProcess(spawn('npm', ['run', '-s', 'gateway', '--', ...words], { cwd: root, detached: true }));
  }

  /** The first line of its output. */
  async firstLine(): Promise<string> {
    const lines = createInterface({ input: this.child.stdout as NodeJS.ReadableStream });
    const first = new Promise<string>((resolve, reject) => {
      lines.on('line', (line) => {
        this.lines.push(line);
        resolve(line);
      });
      lines.on('close', () => reject(new Error(`It ended without a line: ${this.stderr}`)));
    });
    return first;
  }

  /** The address that it says it listens on. */
  async address(): Promise<string> {
    const [, address] = (await this.firstLine()).match(/^listening on (ws:\/\/\S+)$/) ?? [];
    if (address === undefined) throw new Error(`No address in ${this.lines[0]}.`);
    return address;
  }

  /** Sends a signal to it and to every process that it started: it leads a process group of its own. */
  signalAll(signal: NodeJS.Signals): void {
    try {
      process.kill(-(this.child.pid as number), signal);
    } catch {
      // All of them have ended.
    }
  }

  /** Resolves when no process of its group holds its output any more. */
  async ended(): Promise<void> {
    const { stdout } = this.child;
    if (stdout !== null && !stdout.closed) await once(stdout, 'close');
  }

  /** Its exit code and the signal that ended it. */
  async exit(): Promise<[number | null, NodeJS.Signals | null]> {
    const { exitCode, signalCode } = this.child;
    if (exitCode !== null || signalCode !== null) return [exitCode, signalCode];
    return (await once(this.child, 'exit')) as [number | null, NodeJS.Signals | null];
  }
}
