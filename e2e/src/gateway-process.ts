/** A real gateway in a process of its own, started as `npm run gateway` starts it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const entry = join(root, 'reference/gateway/src/node/cli.ts');

/** Gateways that run now: none outlives this process, however it ends. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface GatewayOptions {
  /** The access policy; `null` starts the gateway without one. */
  readonly policy?: object | null;
  /** Bounds that differ from the defaults. */
  readonly limits?: Readonly<Record<string, number>>;
}

export interface Health {
  readonly status: string;
  readonly connections: number;
  readonly subSockets: number;
  readonly subscriptions: number;
  readonly [name: string]: unknown;
}

/** Hears of the end of a gateway's process. */
export interface GatewayWatch {
  /** It is about to be sent a signal. */
  ends(): void;
  /** It is gone. */
  ended(): void;
}

export class GatewayProcess {
  readonly address: string;
  /** Everything that it printed on standard output. */
  readonly lines: readonly string[];
  readonly #child: ChildProcess;
  readonly #folder: string;
  #watch: GatewayWatch | undefined;

  private constructor(address: string, lines: readonly string[], child: ChildProcess, folder: string) {
    this.address = address;
    this.lines = lines;
    this.#child = child;
    this.#folder = folder;
  }

  /** Starts a gateway on a free port and resolves when it listens. */
  static async start({ policy = {}, limits = {} }: GatewayOptions): Promise<GatewayProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'micro-socket-e2e-'));
    const words = ['--listen', 'ws://127.0.0.1:0'];
    if (policy !== null) {
      writeFileSync(join(folder, 'policy.json'), JSON.stringify(policy));
      words.push('--policy', join(folder, 'policy.json'));
    }
    for (const [name, value] of Object.entries(limits)) words.push('--limit', `${name}=${value}`);
    const child = spawn(process.execPath, ['--import', 'tsx', entry, ...words], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    const lines: string[] = [];
    const address = await listening(child, lines);
    return new GatewayProcess(address, lines, child, folder);
  }

  /** Tells one watch when the process is ended by `end`. */
  watch(watch: GatewayWatch): void {
    this.#watch = watch;
  }

  async health(): Promise<Health> {
    const response = await fetch(`${this.address.replace('ws:', 'http:').replace(/\/ws$/, '')}/health`);
    return (await response.json()) as Health;
  }

  /** Sends a signal and resolves with the exit code, or the signal's name where it ended the process. */
  async end(signal: NodeJS.Signals): Promise<number | string> {
    const exited = this.#child.exitCode === null && this.#child.signalCode === null ? once(this.#child, 'exit') : [];
    this.#watch?.ends();
    this.#child.kill(signal);
    await exited;
    this.#watch?.ended();
    rmSync(this.#folder, { recursive: true, force: true });
    return this.#child.exitCode ?? (this.#child.signalCode as string);
  }
}

function listening(child: ChildProcess, lines: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const errors: string[] = [];
    child.stderr?.on('data', (bytes: Buffer) => errors.push(bytes.toString()));
    child.once('exit', (code) => reject(new Error(`The gateway ended with ${code}: ${errors.join('')}`)));
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      lines.push(line);
      const address = /^listening on (ws:\S+)$/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
}
