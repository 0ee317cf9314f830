/** A real gateway in a process of its own, started as `npm run gateway` starts it. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program, wordsFor } from './program.ts';

const entry = fileURLToPath(new URL('../../reference/gateway/src/node/cli.ts', import.meta.url));

/** Where a gateway listens that nobody tells where. */
const ANY_PORT = 'ws://127.0.0.1:0';

export interface GatewayOptions {
  /** The access policy; `null` starts the gateway without one. */
  readonly policy?: object | null;
  /** Bounds that differ from the defaults. */
  readonly limits?: Readonly<Record<string, number>>;
  /** What it is called in messages and calls itself. Default: what it chooses. */
  readonly name?: string;
  /** Default: a free port of this machine. One that is to be started again needs a port that stays free meanwhile. */
  readonly listen?: string;
  /** Default: its own memory. */
  readonly backbone?: string;
  /** The file of the secret that it shares with other gateways. */
  readonly sessionSecretFile?: string;
  /** Further words of the command line. */
  readonly words?: readonly string[];
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
  readonly program: Program;
  readonly #folder: string;
  #watch: GatewayWatch | undefined;

  private constructor(address: string, program: Program, folder: string) {
    this.address = address;
    this.program = program;
    this.#folder = folder;
  }

  /** Starts a gateway and resolves when it listens. */
  static async start(options: GatewayOptions): Promise<GatewayProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'micro-socket-e2e-'));
    try {
      const { program, ready } = await Program.start({
        name: options.name ?? 'the gateway',
        command: process.execPath,
        words: wordsFor(entry, wordsOf(options, folder)),
        ready: /^listening on (ws:\S+)$/,
      });
      return new GatewayProcess(ready[1] as string, program, folder);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Everything that it printed on standard output. */
  get lines(): readonly string[] {
    return this.program.lines;
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
    this.#watch?.ends();
    const how = await this.program.end(signal);
    this.#watch?.ended();
    rmSync(this.#folder, { recursive: true, force: true });
    return how;
  }
}

function wordsOf(options: GatewayOptions, folder: string): string[] {
  const { policy = {}, limits = {}, name, listen = ANY_PORT, backbone, sessionSecretFile, words = [] } = options;
  const all = ['--listen', listen];
  if (policy !== null) {
    writeFileSync(join(folder, 'policy.json'), JSON.stringify(policy));
    all.push('--policy', join(folder, 'policy.json'));
  }
  for (const [limit, value] of Object.entries(limits)) all.push('--limit', `${limit}=${value}`);
  if (name !== undefined) all.push('--name', name);
  if (backbone !== undefined) all.push('--backbone', backbone);
  if (sessionSecretFile !== undefined) all.push('--session-secret-file', sessionSecretFile);
  return [...all, ...words];
}
