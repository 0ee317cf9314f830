/** A real nats-server that a test starts, stops, kills and freezes, with its files in a folder of its own. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BINARY = ['/usr/sbin/nats-server', '/usr/local/bin/nats-server', '/usr/bin/nats-server'].find(existsSync);

/** Why these tests cannot run here; `undefined`: they can. */
export const NATS_MISSING =
  BINARY !== undefined || spawnSync('nats-server', ['--version']).status === 0
    ? undefined
    : 'nats-server is not installed; on Debian and Ubuntu: apt-get install nats-server.';

/** Those that run. Should a test run end without ending them, its end does. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const started of running) started.kill('SIGKILL');
});

export interface NatsServerOptions {
  /** More lines of the configuration file. */
  readonly config?: string;
  readonly jetStream?: boolean;
}

export class NatsServer {
  readonly folder: string;
  readonly #options: NatsServerOptions;
  #process: ChildProcess | undefined;
  #port = -1;

  private constructor(folder: string, options: NatsServerOptions) {
    this.folder = folder;
    this.#options = options;
  }

  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    const server = new NatsServer(await mkdtemp(join(tmpdir(), 'micro-socket-nats-')), options);
    await server.start();
    return server;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.#port}`;
  }

  /** Starts it with the files, and on the port, that it had. */
  async start(): Promise<void> {
    const { config = '', jetStream = true } = this.#options;
    const file = join(this.folder, 'server.conf');
    const store = jetStream ? `jetstream { store_dir: "${join(this.folder, 'store')}" }` : '';
    const ports = `ports_file_dir: "${this.folder}"`;
    await writeFile(file, `host: 127.0.0.1\nport: ${this.#port}\n${ports}\n${store}\n${config}\n`);
    const started = spawn(BINARY ?? 'nats-server', ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = started;
    running.add(started);
    started.once('exit', () => running.delete(started));
    let log = '';
    started.stderr?.on('data', (data: Buffer) => {
      log += data.toString();
    });
    while (started.exitCode === null && started.signalCode === null) {
      const found = /Server is ready/.test(log) ? await this.#readPort(started.pid) : undefined;
      if (found !== undefined) {
        this.#port = found;
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`nats-server did not start: ${log}`);
  }

  /** Ends it as the loss of its process would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** From now on it does nothing, and its connections stay open. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Ends it and removes its files. */
  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const ending = this.#process;
    this.#process = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill('SIGCONT');
    ending.kill(signal);
    await ended;
  }

  async #readPort(pid: number | undefined): Promise<number | undefined> {
    if (this.#port > 0) return this.#port;
    try {
      const { nats } = JSON.parse(await readFile(join(this.folder, `nats-server_${pid}.ports`), 'utf8'));
      return Number(new URL(nats[0]).port);
    } catch {
      return undefined;
    }
  }
}
