/**
 * A run of a world: virtual time, faults, phases, and checkers that look at every event.
 *
 * Theory of operation. Everything that happens is an action at a moment of virtual time. One action is run at a time,
 * and then every promise that can go on goes on, before the next action: so the order of everything depends on the
 * settings and the faults alone, and a run can be repeated to the byte, on any runtime.
 *
 * Faults happen in the safety phase. When it is over everything is mended at once, and in the liveness phase the world
 * has a bounded time to come right. What has been injected by hand is kept with the planned faults; running them again
 * from the same seed gives the same history.
 *
 * It does not know what is right: that is for the checkers, and they know nothing but the history.
 */

import type { Checker } from './checkers/checker.ts';
import { newCheckers } from './checkers/index.ts';
import { Fingerprint } from './fingerprint.ts';
import type { HistoryEvent } from './history.ts';
import { SIM_LIMITS } from './limits.ts';
import { interestsOf } from './nodes/workload.ts';
import { type Mend, perform } from './perform.ts';
import { gatewaysOf, INTRUDER, publishersOf, subscribersOf, topicsOf } from './plan/names.ts';
import { planOf } from './plan/plan.ts';
import { FAULT_NAMES, type FaultName, type PlannedFault, type Settings } from './settings.ts';
import { BEGINNING_MS } from './time/node-clock.ts';
import type { Turn } from './time/turn.ts';
import { VirtualTime } from './time/virtual-time.ts';
import type { TraceEvent } from './trace.ts';
import type { Violation } from './violation.ts';
import { World } from './world.ts';

export type Phase = 'safety' | 'liveness' | 'end';

/** A node, for those who draw it. */
export interface NodeInfo {
  readonly name: string;
  readonly kind: 'client' | 'gateway' | 'engine';
  readonly role?: 'publisher' | 'subscriber' | 'intruder';
  /** Of a subscriber. */
  readonly mode?: ReturnType<typeof interestsOf>[number]['mode'];
  readonly topics?: readonly string[];
}

export interface SimulationOptions {
  readonly settings: Settings;
  readonly turn: Turn;
  /** Default: those of `planOf(settings)`. */
  readonly faults?: readonly PlannedFault[] | undefined;
  /** Called for each event, when it happens. What it is given includes the network only if `watchesNetwork`. */
  readonly onEvent?: ((event: TraceEvent) => void) | undefined;
  /** Default: false. It changes nothing in the run. */
  readonly watchesNetwork?: boolean | undefined;
  /** Default: those of I1 to I7 and liveness. */
  readonly checkers?: ((report: (violation: Violation) => void) => Checker) | undefined;
}

export interface RunReport {
  readonly settings: Settings;
  readonly faults: readonly PlannedFault[];
  readonly violations: readonly Violation[];
  /** Of the whole history so far: the same run has the same. */
  readonly fingerprint: string;
  readonly virtualMs: number;
  readonly events: number;
  readonly published: number;
  readonly stored: number;
  readonly delivered: number;
  /** How often each fault really took place. */
  readonly happened: Readonly<Record<FaultName, number>>;
}

/** The part of the liveness phase after which a few more messages are published to each topic. */
const LAST_WORD = 0.5;

/** For which part of the liveness phase nothing is stored before the end, and how many times the end is put off for that. */
const SETTLES = 1 / 8;
const ENDS_LATER_MAX = 20;

/** How many messages that are; the last of them is what modes that leave messages out have to show. */
const LAST_WORDS = 3;

export class Simulation {
  readonly settings: Settings;
  readonly nodes: readonly NodeInfo[];
  readonly #options: SimulationOptions;
  readonly #time = new VirtualTime();
  readonly #world: World;
  readonly #checker: Checker;
  readonly #fingerprint = new Fingerprint();
  readonly #violations: Violation[] = [];
  readonly #faults: PlannedFault[];
  readonly #toMend = new Map<PlannedFault, Mend>();
  readonly #happened: Record<FaultName, number>;
  #phase: Phase = 'safety';
  #events = 0;
  #published = 0;
  #stored = 0;
  /** When the last message was stored. */
  #storedAt = 0;
  #delivered = 0;

  constructor(options: SimulationOptions) {
    const { settings, onEvent, watchesNetwork, checkers = newCheckers } = options;
    this.#options = options;
    this.settings = settings;
    this.nodes = nodesOf(settings);
    this.#happened = Object.fromEntries(FAULT_NAMES.map((name) => [name, 0])) as Record<FaultName, number>;
    this.#checker = checkers((violation) => this.#violations.push(violation));
    this.#faults = [...(options.faults ?? planOf(settings))];
    this.#world = new World({
      settings,
      time: this.#time,
      record: (event) => this.#record(event),
      onNetwork: watchesNetwork === true ? onEvent : undefined,
    });
    this.#record({
      kind: 'run',
      at: this.#world.at(),
      source: 'simulator',
      accessRecheckMs: SIM_LIMITS.accessRecheckMs,
      dedupWindowMs: SIM_LIMITS.dedupWindowMs,
      latencyObjectiveMs: SIM_LIMITS.latencyObjectiveMs,
      retentionMessagesMax: SIM_LIMITS.historyLengthMax,
      clockSkewMsMax: settings.clockSkewMs,
      seesLog: true,
      seesWire: true,
    });
    this.#plan();
  }

  /** Planned faults, and after them those that were injected. */
  get faults(): readonly PlannedFault[] {
    return this.#faults;
  }

  /** Milliseconds of virtual time since the beginning. */
  get now(): number {
    return this.#time.now;
  }

  get phase(): Phase {
    return this.#phase;
  }

  get isOver(): boolean {
    return this.#phase === 'end';
  }

  get violations(): readonly Violation[] {
    return this.#violations;
  }

  /** Goes to the next moment at which something happens, and does everything of that moment. */
  async step(): Promise<void> {
    const { turn } = this.#options;
    const at = this.#time.nextAt;
    while (!this.isOver && at !== undefined && this.#time.nextAt === at) {
      this.#time.runNext();
      await turn();
    }
  }

  /** Lets everything happen up to a moment, that moment included. */
  async runUntil(ms: number): Promise<void> {
    while (!this.isOver && this.#time.nextAt !== undefined && this.#time.nextAt <= ms) await this.step();
    if (!this.isOver) this.#time.passTo(ms);
  }

  /** To the end. */
  async run(): Promise<RunReport> {
    while (!this.isOver) await this.step();
    return this.report();
  }

  /** Breaks something now. What is returned can be given to another run as one of its `faults`. */
  inject(fault: Omit<PlannedFault, 'id' | 'atMs'>): PlannedFault {
    const id = this.#faults.reduce((most, { id: known }) => Math.max(most, known), 0) + 1;
    const planned = { id, atMs: this.now, ...fault };
    this.#faults.push(planned);
    this.#begin(planned);
    return planned;
  }

  report(): RunReport {
    return {
      settings: this.settings,
      faults: this.#faults,
      violations: this.#violations,
      fingerprint: this.#fingerprint.toString(),
      virtualMs: this.now,
      events: this.#events,
      published: this.#published,
      stored: this.#stored,
      delivered: this.#delivered,
      happened: this.#happened,
    };
  }

  #plan(): void {
    const { safetyMs, livenessMs } = this.settings;
    this.#time.after(0, () => {
      this.#enter('safety');
      this.#world.start();
    });
    for (const fault of this.#faults) this.#time.after(fault.atMs, () => this.#begin(fault), true);
    this.#time.after(safetyMs, () => this.#heal());
    this.#time.after(safetyMs + livenessMs * LAST_WORD, () => this.#lastWord());
    this.#time.after(safetyMs + livenessMs, () => this.#end(ENDS_LATER_MAX));
  }

  /** Where publishes have piled up, the last message may have been stored just now; it has its time to arrive, too. */
  #end(laterMax: number): void {
    const settleMs = this.settings.livenessMs * SETTLES;
    if (laterMax > 0 && this.now - this.#storedAt < settleMs) {
      this.#time.after(settleMs, () => this.#end(laterMax - 1));
    } else {
      this.#enter('end');
    }
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#record({ kind: 'phase', at: this.#world.at(), phase });
  }

  #begin(fault: PlannedFault): void {
    if (this.#phase !== 'safety') return;
    const outcome = perform(fault, this.#world, this.#time);
    if (outcome === 'idle') return;
    this.#happened[fault.name] += 1;
    if (outcome === 'happened') {
      this.#tell(fault, 'happens');
      return;
    }
    this.#tell(fault, 'begins');
    this.#toMend.set(fault, outcome);
    this.#time.after(fault.forMs, () => this.#mend(fault));
  }

  #mend(fault: PlannedFault): void {
    const mend = this.#toMend.get(fault);
    if (mend === undefined) return;
    this.#toMend.delete(fault);
    mend();
    this.#tell(fault, 'ends');
  }

  #tell({ id, name, nodes }: PlannedFault, state: 'begins' | 'ends' | 'happens'): void {
    this.#record({ kind: 'fault', at: this.#world.at(), name, nodes, state, id });
  }

  /** Faults are over: what is broken is mended, and nothing new breaks. */
  #heal(): void {
    for (const fault of [...this.#toMend.keys()]) this.#mend(fault);
    this.#world.packets.heal();
    for (const work of this.#world.work.values()) work.stop();
    this.#enter('liveness');
  }

  /** A few more messages to each topic, so that everybody has something to agree on. */
  #lastWord(): void {
    const [work] = this.#world.work.values();
    for (const topic of topicsOf(this.settings)) work?.burst(topic, LAST_WORDS);
  }

  #record(event: HistoryEvent): void {
    this.#events += 1;
    if (event.kind === 'published') this.#published += 1;
    else if (event.kind === 'stored') {
      this.#stored += 1;
      this.#storedAt = this.now;
    } else if (event.kind === 'delivered') this.#delivered += 1;
    this.#fingerprint.add(JSON.stringify(event));
    this.#checker.take(event);
    this.#options.onEvent?.(event);
  }
}

function nodesOf(settings: Settings): readonly NodeInfo[] {
  const clients: NodeInfo[] = publishersOf(settings).map((name) => ({ name, kind: 'client', role: 'publisher' }));
  for (const name of subscribersOf(settings)) {
    const interests = interestsOf(name, settings);
    const mode = interests[0]?.mode;
    const topics = interests.map(({ topic }) => topic);
    clients.push({ name, kind: 'client', role: 'subscriber', ...(mode === undefined ? {} : { mode }), topics });
  }
  const gateways: NodeInfo[] = gatewaysOf(settings).map((name) => ({ name, kind: 'gateway' }));
  return [
    ...clients,
    { name: INTRUDER, kind: 'client', role: 'intruder' },
    ...gateways,
    { name: 'engine', kind: 'engine' },
  ];
}

/** The moment of an event as milliseconds since the beginning of its run. */
export function sinceBeginning(at: number): number {
  return at - BEGINNING_MS;
}
