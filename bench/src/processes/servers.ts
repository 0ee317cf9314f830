/** The servers of one program, each a process: started one after the other, measured and ended together. */

import { BenchError } from '../errors.ts';
import type { ExternalTasks, ExternalWish } from '../external-process.ts';
import type { NatsTasks } from '../nats-process.ts';
import type { ServerTasks } from '../server-process.ts';
import { Child, type Runtime } from './child.ts';
import { GatewayProcess } from './gateway.ts';
import { serverCoreOf } from './pinning.ts';
import type { Site } from './site.ts';
import { cpuMicrosBetween, type Usage } from './usage.ts';

/** What one process of a server has used during a measurement. */
export interface ServerUse {
  readonly process: string;
  readonly cpuMicros: number;
  /** The part of it that the kernel used, for the network mostly. */
  readonly systemMicros: number;
  readonly rssBytes: number;
}

export interface GatewayWish {
  /** What it is in this program: `gateway`, `engine`. */
  readonly role: string;
  readonly listen: string;
  /** `memory` and so on, as the command takes it. */
  readonly backbone: string;
  readonly words?: readonly string[];
  readonly isEngine?: boolean;
}

export interface Memory {
  readonly rssBytes: number;
  /** What the objects and buffers of processes on Node take, without garbage. */
  readonly liveBytes: number;
}

interface Running {
  readonly role: string;
  /** Null where the system does not tell. */
  usage(): Promise<Usage | null>;
  /** Makes it let go of its garbage, and resolves with the bytes of its objects and buffers. */
  collect?(): Promise<number>;
  end(): Promise<void>;
}

export class Servers {
  readonly #program: string;
  readonly #site: Site;
  readonly #running: Running[] = [];

  constructor(program: string, site: Site) {
    this.#program = program;
    this.#site = site;
  }

  /** Starts a gateway and resolves with its address. */
  async gateway({ role, listen, backbone, words = [], isEngine = false }: GatewayWish): Promise<string> {
    const { data, signal } = this.#site;
    const gateway = new GatewayProcess({
      name: this.#nameOf(role),
      listen,
      words: ['--backbone', backbone, ...words],
      isEngine,
      core: this.#nextCore(),
      folder: data.make(role),
      signal,
    });
    this.#running.push({ role, usage: () => gateway.usage(), end: () => gateway.end() });
    const { address } = await gateway.listening();
    return address;
  }

  /** Starts a NATS server and resolves with its address, `host:port`. */
  async nats(): Promise<string> {
    const { data, signal } = this.#site;
    const role = 'nats-server';
    const file = new URL('../nats-process.ts', import.meta.url);
    const child = new Child<NatsTasks>({ name: this.#nameOf(role), file, core: this.#nextCore(), signal });
    this.#running.push({ role, usage: () => child.ask('usage'), end: () => child.end() });
    const { address } = await child.ask('start', { folder: data.make(role) });
    return address;
  }

  /** Starts a program that knows nothing of this, and resolves when something listens at its port. */
  async external({ role, ...wish }: ExternalWish): Promise<void> {
    const file = new URL('../external-process.ts', import.meta.url);
    const { signal } = this.#site;
    const child = new Child<ExternalTasks>({ name: this.#nameOf(role), file, core: this.#nextCore(), signal });
    this.#running.push({ role, usage: () => child.ask('usage'), end: () => child.end() });
    await child.ask('start', wish);
  }

  /** Starts the server that a module exports as `start`, and resolves with its address. */
  async module(role: string, module: string, runtime: Runtime = 'node'): Promise<string> {
    const file = new URL('../server-process.ts', import.meta.url);
    const { signal } = this.#site;
    const child = new Child<ServerTasks>({ name: this.#nameOf(role), file, runtime, core: this.#nextCore(), signal });
    const collect = () => child.ask('collect');
    this.#running.push({ role, usage: () => child.ask('usage'), collect, end: () => child.end() });
    return child.ask('start', { module });
  }

  /** A folder for a store, or for what a program is told. */
  folder(): string {
    return this.#site.data.make(this.#program);
  }

  /** Does something, and says what each process used meanwhile; those that cannot be asked are left out. */
  async using<Result>(work: () => Promise<Result>): Promise<{ result: Result; used: ServerUse[] }> {
    const before = await this.#usages();
    const result = await work();
    const after = await this.#usages();
    const used = this.#running.flatMap(({ role }, place) => {
      const [first, last] = [before[place], after[place]];
      if (first == null || last == null) return [];
      const cpuMicros = cpuMicrosBetween(first, last);
      return [
        { process: role, cpuMicros, systemMicros: last.systemMicros - first.systemMicros, rssBytes: last.rssBytes },
      ];
    });
    return { result, used };
  }

  /** What all processes hold when nothing goes on; null where the system does not tell of each. */
  async memory(): Promise<Memory | null> {
    const collected = await Promise.all(this.#running.map((running) => running.collect?.() ?? 0));
    const liveBytes = collected.reduce((sum, bytes) => sum + bytes, 0);
    const usages = await this.#usages();
    let rssBytes = 0;
    for (const usage of usages) {
      if (usage === null) return null;
      rssBytes += usage.rssBytes;
    }
    return { rssBytes, liveBytes };
  }

  /** How many processes there are. */
  get count(): number {
    return this.#running.length;
  }

  /** The last one first: each depends on those before it. */
  async end(): Promise<void> {
    for (const running of this.#running.toReversed()) await running.end();
  }

  #usages(): Promise<(Usage | null)[]> {
    return Promise.all(this.#running.map((running) => running.usage()));
  }

  #nextCore(): number | undefined {
    if (this.#site.signal.aborted) throw new BenchError('STOPPED', 'the run was stopped');
    return serverCoreOf(this.#site.pinning, this.#running.length);
  }

  #nameOf(role: string): string {
    return `the ${role} of ${this.#program}`;
  }
}
