/** A real price feed in a process of its own, started as `npm run price-feed` starts it. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program, wordsFor } from '../program.ts';
import type { World } from '../world.ts';
import { Desk } from './desk.ts';

const entry = fileURLToPath(new URL('../../../reference/price-feed/src/node/cli.ts', import.meta.url));

/** Room for all that a test makes, so that nothing of it is given up before it was compared. */
export const ROOMY = { historyLengthMax: 50_000, ringLengthMax: 16_384, ringBytesMax: 100_000_000 } as const;

export interface FeedOptions {
  /** As on the command line: `simulator`, `file:PATH`, `binance`, `none`. */
  readonly source: string;
  /** Further words of the command line. */
  readonly words?: readonly string[];
  /** Default: its own memory. */
  readonly backbone?: string;
  /** The access policy. Default: none, and then it prints a token that may write. */
  readonly policy?: object;
}

export class FeedProcess {
  readonly program: Program;
  /** Of its WebSocket. */
  readonly address: string;
  /** May write; empty where there is a policy. */
  readonly token: string;

  private constructor(program: Program, address: string, token: string) {
    this.program = program;
    this.address = address;
    this.token = token;
  }

  /** Starts one that ends with the test, and resolves when it listens. Rejects with what it said when it ended. */
  static async start(world: World, options: FeedOptions): Promise<FeedProcess> {
    const { program, ready } = await Program.start({
      name: 'the price feed',
      command: process.execPath,
      words: wordsFor(entry, wordsOf(world, options)),
      // The token is what it prints last.
      ready: options.policy === undefined ? /^who has this token may create channels: (\S+)$/ : LISTENING,
    });
    world.onEnd(async () => {
      await program.end('SIGKILL');
    });
    const address = program.lines.map((line) => LISTENING.exec(line)?.[1]).find((found) => found !== undefined);
    if (address === undefined) throw new Error('The price feed has not said where it listens.');
    return new FeedProcess(program, address, options.policy === undefined ? (ready[1] as string) : '');
  }

  get port(): number {
    return Number(new URL(this.address).port);
  }

  /** What people do over HTTP, by default with the token that may write. */
  desk(token: string | undefined = this.token): Desk {
    return new Desk(this.address, token);
  }
}

const LISTENING = /^listening on (ws:\S+)$/;

function wordsOf(world: World, { source, words = [], backbone, policy }: FeedOptions): string[] {
  const limits = Object.entries(ROOMY).flatMap(([name, value]) => ['--limit', `${name}=${value}`]);
  const all = ['--listen', 'ws://127.0.0.1:0', '--source', source, ...limits, ...words];
  if (backbone !== undefined) all.push('--backbone', backbone);
  if (policy !== undefined) all.push('--policy', writtenFile(world, 'policy.json', JSON.stringify(policy)));
  return all;
}

/** The path of a new file with this text, in a folder of its own that ends with the test. */
export function writtenFile(world: World, name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'micro-socket-prices-'));
  world.onEnd(async () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
