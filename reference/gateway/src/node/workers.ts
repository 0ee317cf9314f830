/**
 * One gateway of several processes that share their addresses: `--workers N`.
 *
 * Theory of operation. The first process is the engine: it holds the backbone and listens on a socket file that only its
 * user can open. The others are gateways with that engine as their backbone; the operating system gives each connection to
 * one of them. They share the secret of sessions, so a client that comes back to another one resumes all the same. A
 * backbone that is distant anyway, an engine or NATS, needs no engine in between: then the first process only watches.
 *
 * A process that ends is started again; its clients come back to the others. What they need to know is told over the pipe
 * between them, never on a command line that others can see.
 */

import cluster, { type Worker } from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { limitsWith } from '@micro-socket/protocol';
import { EdgePolicy } from '../core/edge-policy.ts';
import { openChosen } from './backbone.ts';
import { type GatewayCommand, parseCommand } from './cli-options.ts';
import { ENGINE_LIMITS } from './engine.ts';
import { onProcessEnd } from './process-end.ts';
import { type RunningGateway, serve } from './server.ts';
import { keptSecret } from './session-secret.ts';
import { UsageError } from './usage-error.ts';

/** What the first process tells each of the others. */
interface Share {
  /** Where the engine is, and its key; absent where each has the backbone of the command line. */
  readonly engine: { readonly path: string; readonly key: string } | undefined;
  readonly sessionSecret: string;
  readonly name: string | undefined;
}

/** What a worker tells the first process. */
type FromWorker = { readonly says: 'hello' } | { readonly says: 'listening'; readonly addresses: readonly string[] };

/** How long to wait before a process that ended is started again, in milliseconds. */
const AGAIN_MS = 1_000;

export function isWorker(): boolean {
  return cluster.isWorker;
}

/** What a worker is to do: as the command line says, with what the first process has told it. */
export async function workerCommand(words: readonly string[]): Promise<GatewayCommand> {
  const shared = await askForShare();
  // A worker without its first process would serve a port that nobody watches.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  const command = parseCommand(words);
  const name = shared.name === undefined ? undefined : `${shared.name}-${cluster.worker?.id}`;
  const { engine } = shared;
  const { options } = command.backbone;
  return {
    ...command,
    workers: undefined,
    backbone:
      engine === undefined
        ? command.backbone
        : {
            address: { kind: 'remote', address: { scheme: 'ipc', path: engine.path } },
            options: {
              ...options,
              keyFile: undefined,
              key: engine.key,
              durability: undefined,
              historyAgeMaxMs: undefined,
            },
          },
    serve: {
      ...command.serve,
      sessionSecret: Buffer.from(shared.sessionSecret, 'base64'),
      ...(name === undefined ? {} : { name }),
    },
  };
}

/** Tells the first process that this one serves; the first of all says where. */
export function tellListening({ addresses }: RunningGateway): void {
  tell({ says: 'listening', addresses });
}

/** What is sent before a worker listens for it may be lost, so it asks. */
function askForShare(): Promise<Share> {
  return new Promise((resolve) => {
    process.once('message', (share) => resolve(share as Share));
    tell({ says: 'hello' });
  });
}

function tell(message: FromWorker): void {
  process.send?.(message);
}

/** Starts `count` workers and what is behind them; resolves when all of them listen. */
export async function runWorkers(command: GatewayCommand, count: number): Promise<void> {
  const { serve: options, backbone } = command;
  const own = options.addresses.find(({ scheme }) => scheme === 'ipc' || scheme === 'inproc');
  if (own !== undefined)
    throw new UsageError(`An ${own.scheme}: address belongs to one process, so --workers cannot share it.`);
  const engine = await engineFor(command);
  const share: Share = {
    engine: engine && { path: engine.path, key: engine.key },
    sessionSecret: Buffer.from(options.sessionSecret ?? keptSecret(backbone.address) ?? randomBytes(32)).toString(
      'base64',
    ),
    name: options.name,
  };
  const crew = new Crew(share, count);
  try {
    await crew.listening();
  } catch (error) {
    await crew.close();
    await engine?.close();
    throw error;
  }
  process.on('SIGHUP', () => crew.signal('SIGHUP'));
  onProcessEnd(async () => {
    await crew.close();
    await engine?.close();
    process.exit(0);
  });
}

/** The processes, each started again when it ends. */
class Crew {
  readonly #listening: Promise<void>;
  #isClosing = false;
  #ready = 0;

  constructor(share: Share, count: number) {
    this.#listening = new Promise((resolve, reject) => {
      cluster.on('exit', (worker, code, signal) => {
        if (this.#isClosing) return;
        const how = signal ?? `code ${code}`;
        if (this.#ready < count) reject(new Error(`A process of the gateway ended with ${how} before it listened.`));
        else this.#startAgain(worker, how);
      });
      cluster.on('message', (worker, message: FromWorker) => {
        if (message.says === 'hello') {
          worker.send(share);
          return;
        }
        this.#ready += 1;
        if (this.#ready !== count) return;
        for (const address of message.addresses) console.log(`listening on ${address}`);
        resolve();
      });
    });
    for (let at = 0; at < count; at++) this.#start();
  }

  /** Rejects when one of them cannot be started. */
  listening(): Promise<void> {
    return this.#listening;
  }

  signal(signal: NodeJS.Signals): void {
    for (const worker of this.#workers) worker.process.kill(signal);
  }

  /** Ends all of them, and resolves when they have ended. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const ended = this.#workers.map((worker) => new Promise<void>((resolve) => worker.once('exit', () => resolve())));
    this.signal('SIGTERM');
    await Promise.all(ended);
  }

  get #workers(): Worker[] {
    return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  }

  #start(): void {
    cluster.fork();
  }

  #startAgain(worker: Worker, how: string): void {
    console.error(`Process ${worker.process.pid} of the gateway ended with ${how}; another one takes its place.`);
    setTimeout(() => {
      if (!this.#isClosing) this.#start();
    }, AGAIN_MS);
  }
}

/** The engine in this process, or nothing where the workers reach a backbone by themselves. */
async function engineFor({ backbone: chosen, serve: { limits } }: GatewayCommand) {
  const { kind } = chosen.address;
  if (kind === 'remote' || kind === 'nats') return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'ms-'));
  const path = join(folder, 'engine');
  const key = randomBytes(24).toString('base64url');
  const forget = () => rmSync(folder, { recursive: true, force: true });
  try {
    const backbone = await openChosen(chosen, limits);
    const running: RunningGateway = await serve({
      addresses: [{ scheme: 'ipc', path }],
      name: 'engine',
      policy: new EdgePolicy(key),
      limits: limitsWith({ ...limits, ...ENGINE_LIMITS }),
      backbone,
    });
    return { path, key, close: () => running.close().finally(forget) };
  } catch (error) {
    forget();
    throw error;
  }
}
