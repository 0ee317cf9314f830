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
  /** What it has printed. */
  readonly lines: string[] = [];
  stderr = '';
  #hasEnded = false;
  readonly #onOutput = new Set<() => void>();

  constructor(child: ChildProcess) {
    this.child = child;
    child.stderr?.on('data', (chunk) => {
      this.stderr += chunk;
      this.#tell();
    });
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    lines.on('line', (line) => {
      this.lines.push(line);
      this.#tell();
    });
    lines.on('close', () => {
      this.#hasEnded = true;
      this.#tell();
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

  /** Resolves when what it has printed is as it should be; rejects when it ends before. */
  async until(holds: (process: GatewayProcess) => boolean): Promise<void> {
    while (!holds(this)) {
      if (this.#hasEnded) throw new Error(`It ended first: ${this.lines.join('\n')}\n${this.stderr}`);
      await new Promise<void>((resolve) => this.#onOutput.add(resolve));
    }
  }

  /** The addresses that it says it listens on. */
  async addresses(count: number): Promise<string[]> {
    await this.until(({ lines }) => lines.length >= count);
    return this.lines.slice(0, count).map((line) => {
      const [, address] = /^listening on (\S+)$/.exec(line) ?? [];
      if (address === undefined) throw new Error(`No address in ${line}.`);
      return address;
    });
  }

  /** The only address that it says it listens on. */
  async address(): Promise<string> {
    return (await this.addresses(1))[0] as string;
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

  #tell(): void {
    const waiting = [...this.#onOutput];
    this.#onOutput.clear();
    for (const resolve of waiting) resolve();
  }
}
