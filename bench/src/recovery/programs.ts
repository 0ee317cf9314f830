/** The programs of the recovery benchmark: something that is filled, killed, and started again as often as one likes. */

import { BenchError } from '../errors.ts';
import type { NatsTasks } from '../nats-process.ts';
import { Child } from '../processes/child.ts';
import { GatewayProcess } from '../processes/gateway.ts';
import type { MeterTasks } from '../processes/meter.ts';
import { findNatsServer, NATS_MISSING } from '../processes/nats-server.ts';
import { loadCoreOf, serverCoreOf } from '../processes/pinning.ts';
import type { Site } from '../processes/site.ts';
import type { MaybePresent } from '../programs/presence.ts';
import type { PublishTasks, Target } from '../publish-process.ts';
import type { RecoveryPlan } from './plan.ts';

/** How many publishes are unanswered at a time while a store is filled. */
const IN_FLIGHT = 256;

/** The filling is bounded by its messages, not by time. */
const FOREVER_MS = 86_400_000;

export interface RestartOptions {
  readonly site: Site;
  readonly plan: RecoveryPlan;
  readonly storedMessages: number;
}

/** One store with its history. */
export interface Restartable {
  /** Starts it, puts the messages in, and ends it with SIGKILL right behind the last answer. */
  fill(): Promise<void>;
  /** Starts it, measures until it serves, checks that it has all of its messages, and ends it with SIGKILL. */
  restart(): Promise<{ startMs: number }>;
  /** Ends what runs. */
  end(): Promise<void>;
}

export interface RecoveryProgram extends MaybePresent {
  /** The program whose start with the same history its own is compared with. */
  readonly beside?: string;
  make(options: RestartOptions): Restartable;
}

export const PROGRAMS: readonly RecoveryProgram[] = [
  { name: 'disk', beside: 'lmdb', make: (options) => new DiskGateway(options) },
  { name: 'lmdb', make: (options) => new BareLmdb(options) },
  {
    name: 'nats',
    missing: () => (findNatsServer() === undefined ? NATS_MISSING : undefined),
    make: (options) => new NatsServer(options),
  },
];

function publisher(name: string, site: Site): Child<PublishTasks> {
  const file = new URL('../publish-process.ts', import.meta.url);
  return new Child<PublishTasks>({
    name: `the publisher of ${name}`,
    file,
    core: loadCoreOf(site.pinning),
    signal: site.signal,
  });
}

async function fillThrough(
  load: Child<PublishTasks>,
  target: Target,
  { plan, storedMessages }: RestartOptions,
): Promise<void> {
  const { topics, payloadBytes, silenceMsMax } = plan;
  await load.ask('open', { target, topics, payloadBytes, silenceMsMax });
  if (storedMessages === 0) return;
  await load.ask('run', { inFlight: IN_FLIGHT, durationMs: FOREVER_MS, messagesMax: storedMessages });
  await load.ask('verify');
}

/** A gateway with the disk backbone, as the command line starts it. */
class DiskGateway implements Restartable {
  readonly #options: RestartOptions;
  readonly #folder: string;
  readonly #load: Child<PublishTasks>;
  #gateway: GatewayProcess | undefined;

  constructor(options: RestartOptions) {
    this.#options = options;
    this.#folder = options.site.data.make('disk');
    this.#load = publisher('disk', options.site);
  }

  async fill(): Promise<void> {
    const { address } = await this.#start();
    await fillThrough(this.#load, { kind: 'gateway', address }, this.#options);
    await this.#gateway?.crash();
  }

  async restart(): Promise<{ startMs: number }> {
    const { address, startMs } = await this.#start();
    await this.#load.ask('reopen', { address });
    await this.#load.ask('verify');
    await this.#gateway?.crash();
    return { startMs };
  }

  async end(): Promise<void> {
    await this.#load.end();
    await this.#gateway?.end();
  }

  #start(): Promise<{ address: string; startMs: number }> {
    const { pinning, data, signal } = this.#options.site;
    this.#gateway = new GatewayProcess({
      name: 'the gateway of disk',
      listen: 'tcp://127.0.0.1:0',
      words: ['--backbone', `disk:${this.#folder}`],
      core: serverCoreOf(pinning),
      folder: data.make('policy'),
      signal,
    });
    return this.#gateway.listening();
  }
}

/** A process that opens one LMDB database, and does nothing else. */
class BareLmdb implements Restartable {
  readonly #options: RestartOptions;
  readonly #folder: string;
  #child: Child<PublishTasks> | Child<MeterTasks> | undefined;

  constructor(options: RestartOptions) {
    this.#options = options;
    this.#folder = options.site.data.make('lmdb');
  }

  async fill(): Promise<void> {
    const load = publisher('lmdb', this.#options.site);
    this.#child = load;
    await fillThrough(load, { kind: 'lmdb', folder: this.#folder, waitsForDisk: true }, this.#options);
    await load.crash();
  }

  async restart(): Promise<{ startMs: number }> {
    const { site, storedMessages } = this.#options;
    const startedAt = performance.now();
    let said = (_line: string) => {};
    const line = new Promise<string>((resolve) => {
      said = resolve;
    });
    const child = new Child<MeterTasks>({
      name: 'the process of lmdb',
      file: new URL('./open-lmdb.ts', import.meta.url),
      preload: new URL('../processes/meter.ts', import.meta.url),
      words: [this.#folder],
      core: serverCoreOf(site.pinning),
      onLine: (text) => said(text),
      signal: site.signal,
    });
    this.#child = child;
    const text = await child.whileItRuns(line);
    const startMs = performance.now() - startedAt;
    await child.crash();
    if (text === `open ${storedMessages}`) return { startMs };
    throw new BenchError('MESSAGE_LOST', `${storedMessages} messages were acknowledged, and it says: ${text}`);
  }

  async end(): Promise<void> {
    await this.#child?.end();
  }
}

/** A NATS server with one stream. */
class NatsServer implements Restartable {
  readonly #options: RestartOptions;
  readonly #folder: string;
  readonly #load: Child<PublishTasks>;
  readonly #keeper: Child<NatsTasks>;

  constructor(options: RestartOptions) {
    const { data, pinning, signal } = options.site;
    this.#options = options;
    this.#folder = data.make('nats');
    this.#load = publisher('nats', options.site);
    const file = new URL('../nats-process.ts', import.meta.url);
    this.#keeper = new Child({ name: 'the server of nats', file, core: serverCoreOf(pinning), signal });
  }

  async fill(): Promise<void> {
    const { address } = await this.#keeper.ask('start', { folder: this.#folder });
    await fillThrough(this.#load, { kind: 'jetstream', address }, this.#options);
    await this.#keeper.ask('crash');
  }

  async restart(): Promise<{ startMs: number }> {
    const { address, startMs } = await this.#keeper.ask('start', { folder: this.#folder });
    await this.#load.ask('reopen', { address });
    await this.#load.ask('verify');
    await this.#keeper.ask('crash');
    return { startMs };
  }

  async end(): Promise<void> {
    await this.#load.end();
    await this.#keeper.end();
  }
}
