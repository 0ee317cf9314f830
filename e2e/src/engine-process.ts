/** A real engine in a process of its own: the backbone of gateways that are other processes. */

import { fileURLToPath } from 'node:url';
import { Program, wordsFor } from './program.ts';

const entry = fileURLToPath(new URL('../../reference/gateway/src/node/cli.ts', import.meta.url));

export interface EngineOptions {
  readonly port: number;
  /** Where it keeps its messages; `undefined`: in its memory, which ends with it. */
  readonly folder: string | undefined;
  /** For a folder: the level at which it acknowledges. */
  readonly durability?: 'disk' | 'written';
  /** Bounds that differ from those of an engine. */
  readonly limits?: Readonly<Record<string, number>>;
}

/** Starts an engine on a port of this machine, and resolves when it listens. */
export async function startEngine({ port, folder, durability, limits = {} }: EngineOptions): Promise<Program> {
  const level = durability === undefined ? [] : ['--durability', durability];
  const backbone = folder === undefined ? ['memory'] : [`disk:${folder}`, ...level];
  const bounds = Object.entries(limits).flatMap(([name, value]) => ['--limit', `${name}=${value}`]);
  const { program } = await Program.start({
    name: 'the engine',
    command: process.execPath,
    words: wordsFor(entry, ['--engine', '--listen', `tcp://127.0.0.1:${port}`, '--backbone', ...backbone, ...bounds]),
    ready: /^listening on tcp:\S+$/,
  });
  return program;
}
