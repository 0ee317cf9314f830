/** What a test may use: gateways, connections, and names that no other test uses. All of it ends with the test. */

import type { Encoding } from '@micro-socket/protocol';
import { type GatewayOptions, GatewayProcess } from './gateway-process.ts';
import type { HistoryRecorder, RecordedHistory } from './history/recorder.ts';
import { Probe, type ProbeOptions } from './probe.ts';

/** The policy of the suites' gateway: who may do what in the tests. */
export const POLICY = {
  anonymous: { allow: [{ pattern: 'open.>', actions: ['subscribe', 'publish'] }] },
  users: [
    {
      name: 'alice',
      token: 'alice-token',
      allow: [
        { pattern: 'open.>', actions: ['subscribe', 'publish'] },
        { pattern: 'alice.>', actions: ['subscribe', 'publish'] },
      ],
    },
    {
      name: 'bob',
      token: 'bob-token',
      allow: [
        { pattern: 'open.>', actions: ['subscribe', 'publish'] },
        { pattern: 'alice.>', actions: ['subscribe'] },
      ],
    },
  ],
} as const;

/** A gateway that a whole suite shares; started at its first use. */
export class SuiteGateway {
  #started: Promise<GatewayProcess> | undefined;

  get(): Promise<GatewayProcess> {
    this.#started ??= GatewayProcess.start({ policy: POLICY });
    return this.#started;
  }

  async end(): Promise<void> {
    const gateway = await this.#started?.catch(() => undefined);
    await gateway?.end('SIGKILL');
  }
}

/** A history that a test has recorded and judged by itself. */
export interface OwnHistory extends RecordedHistory {
  readonly name: string;
}

let topics = 0;

export class World {
  readonly encoding: Encoding;
  /** Writes down what happens, for the checkers. */
  readonly history: HistoryRecorder;
  /** What the test has judged by itself; it is counted and written down with the rest. */
  readonly ownHistories: OwnHistory[] = [];
  readonly #shared: SuiteGateway;
  readonly #probes: Probe[] = [];
  readonly #gateways: GatewayProcess[] = [];
  readonly #cleanups: (() => Promise<void>)[] = [];

  constructor(encoding: Encoding, shared: SuiteGateway, history: HistoryRecorder) {
    this.encoding = encoding;
    this.history = history;
    this.#shared = shared;
  }

  /** The suite's gateway; with options, a new one for this test alone. */
  async gateway(options?: GatewayOptions): Promise<GatewayProcess> {
    if (options === undefined) {
      const shared = await this.#shared.get();
      this.history.gateway(shared.address, { policy: POLICY, limits: {} });
      return shared;
    }
    const { policy = POLICY, limits = {} } = options;
    const gateway = await GatewayProcess.start({ policy, limits });
    this.#gateways.push(gateway);
    const { address } = gateway;
    this.history.gateway(address, { policy, limits });
    gateway.watch({
      ends: () => this.history.gatewayEnds(address),
      ended: () => this.history.gatewayEnded(address),
    });
    return gateway;
  }

  /** Connects to a gateway, by default the suite's, in the encoding under test. */
  async connect(options: Partial<ProbeOptions> & { readonly to?: GatewayProcess } = {}): Promise<Probe> {
    const gateway = options.to ?? (await this.gateway());
    const { encoding = this.encoding } = options;
    const observer = this.history.probe(gateway.address, encoding);
    const probe = await Probe.connect(gateway.address, { ...options, encoding, observer });
    this.#probes.push(probe);
    return probe;
  }

  /** A topic that nobody else uses: `open.x-7`, which everybody may use, or below another first token. */
  topic(first: 'open' | 'alice' | 'nobody' = 'open'): string {
    topics += 1;
    return `${first}.x-${topics}`;
  }

  /** Runs at the end of the test, whatever its outcome. */
  onEnd(cleanup: () => Promise<void>): void {
    this.#cleanups.push(cleanup);
  }

  /** Ends everything that the test opened. Rejects when a cleanup failed or a gateway broke the protocol. */
  async end(): Promise<void> {
    const cleanups = await Promise.allSettled(this.#cleanups.map((cleanup) => cleanup()));
    for (const probe of this.#probes) probe.cut();
    await Promise.all(this.#gateways.map((gateway) => gateway.end('SIGKILL')));
    const violation = this.#probes.find((probe) => probe.violation !== undefined)?.violation;
    if (violation !== undefined) throw violation;
    for (const cleanup of cleanups) if (cleanup.status === 'rejected') throw cleanup.reason;
  }
}
