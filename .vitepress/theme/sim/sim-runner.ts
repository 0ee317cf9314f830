/**
 * Runs one world at the pace that the page asks for, and tells the page what happens in bounded batches.
 *
 * One loop does everything: it obeys what was asked, goes on a little, and sends what there is. So a command never
 * falls into the middle of a moment of the world. It knows neither Web Workers nor real time; both are arguments.
 */

import {
  type PlannedFault,
  Simulation,
  type SimulationOptions,
  sinceBeginning,
  type TraceEvent,
  type Violation,
} from '@micro-socket/simulator';
import { EventBuffer } from './event-buffer.ts';
import { EventFilter } from './event-filter.ts';
import type { Command, LoadCommand, MutantInfo, Report, RunState, Speed, Status } from './messages.ts';
import { Pace } from './pace.ts';
import type { World } from './world.ts';
import { faultsOf, settingsFor } from './world-settings.ts';

/** How often the page is told, at most. */
export const BATCH_EVERY_MS = 50;

/** How far a run goes before it looks whether something was asked. */
const SLICE_MS = 20;

/** How long a run waits that is where it should be. */
const REST_MS = 10;

/** Batches that the page has not shown yet, at which the run waits. */
const UNSEEN_MAX = 2;

/** Moments without anything to see that a single step skips. */
const QUIET_MOMENTS_MAX = 20_000;

export interface RunnerPorts {
  /** Real time, in milliseconds. */
  readonly now: () => number;
  /** Resolves after `ms` real milliseconds, or as soon as `until` does. */
  readonly rest: (ms: number, until: Promise<void>) => Promise<void>;
  readonly tell: (report: Report) => void;
  readonly turn: SimulationOptions['turn'];
  readonly mutants: readonly MutantInfo[];
  /** Breaks a rule for everything in this process, until the function that it gives back is called. */
  readonly applyMutant: (name: string) => () => void;
}

interface Run {
  readonly id: number;
  readonly simulation: Simulation;
  readonly filter: EventFilter;
  readonly buffer: EventBuffer;
  /** Invariants that have been broken before. */
  readonly broken: Set<string>;
  /** How many of the simulation's violations were looked at. */
  judged: number;
  violations: Violation[];
  injected: PlannedFault[];
}

export class SimRunner {
  readonly #ports: RunnerPorts;
  readonly #pace = new Pace(1);
  #commands: Command[] = [];
  #wake: () => void = () => {};
  #run: Run | undefined;
  #state: RunState = 'paused';
  #goToMs = 0;
  #speed: Speed = 1;
  #pauseOnBreak = true;
  #batch = 0;
  #seen = 0;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  /** Something has changed that the page does not know. */
  #dirty = false;
  #stopped = false;
  #undoMutant: () => void = () => {};

  constructor(ports: RunnerPorts) {
    this.#ports = ports;
  }

  give(command: Command): void {
    this.#commands.push(command);
    this.#wake();
  }

  /** Ends the loop, and leaves the process as it was. */
  stop(): void {
    this.#undoMutant();
    this.#stopped = true;
    this.#wake();
  }

  /** The loop. Ends only by `stop`. */
  async work(): Promise<void> {
    while (!this.#stopped) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      try {
        for (const command of this.#commands.splice(0)) await this.#obey(command);
        const restMs = await this.#goOn();
        if (restMs > 0 && this.#commands.length === 0 && !this.#stopped) await this.#ports.rest(restMs, woken);
      } catch (error) {
        this.#fail(error);
      }
    }
  }

  async #obey(command: Command): Promise<void> {
    if (command.kind === 'load') return this.#load(command);
    if (command.kind === 'speed') return this.#setSpeed(command.speed);
    if (command.kind === 'pause-on-break') {
      this.#pauseOnBreak = command.on;
      return;
    }
    if (command.kind === 'seen') {
      this.#seen = Math.max(this.#seen, command.batch);
      return;
    }
    const run = this.#run;
    if (run === undefined || run.simulation.isOver) return;
    if (command.kind === 'play') this.#play(run);
    else if (command.kind === 'pause') this.#enter('paused');
    else if (command.kind === 'step') await this.#step(run);
    else await this.#inject(run, command.fault);
  }

  #load({ run: id, world, goToMs, play }: LoadCommand): void {
    this.#run = undefined;
    this.#undoMutant();
    const { mutants } = this.#ports;
    const known = this.#withKnownMutant(world, id);
    if (known.mutant !== undefined) this.#undoMutant = this.#ports.applyMutant(known.mutant);
    const settings = settingsFor(known);
    const filter = new EventFilter();
    const buffer = new EventBuffer();
    const onEvent = (event: TraceEvent) => {
      const worth = filter.worthOf(event);
      if (worth === 'none') return;
      buffer.add(sinceStart(event), worth);
      this.#dirty = true;
    };
    const faults = faultsOf(known, settings);
    const simulation = new Simulation({ settings, turn: this.#ports.turn, faults, onEvent, watchesNetwork: true });
    this.#run = { id, simulation, filter, buffer, broken: new Set(), judged: 0, violations: [], injected: [] };
    // The page counts the batches of each run anew.
    this.#batch = 0;
    this.#seen = 0;
    this.#ports.tell({ kind: 'loaded', run: id, settings, nodes: simulation.nodes, mutants });
    this.#goToMs = goToMs ?? 0;
    this.#enter('paused');
    if (goToMs !== undefined) this.#enter('going');
    else if (play) this.#play(this.#run);
    this.#tell(this.#run);
  }

  /** A link may name a mutant that there is no more. Then the page says so, and shows the world without it. */
  #withKnownMutant(world: World, run: number): World {
    const { mutant, ...rest } = world;
    if (mutant === undefined || this.#ports.mutants.some(({ name }) => name === mutant)) return world;
    this.#ports.tell({ kind: 'problem', run, code: 'unknown-mutant', message: mutant });
    return rest;
  }

  #setSpeed(speed: Speed): void {
    this.#speed = speed;
    if (this.#run !== undefined) this.#pace.begin(this.#run.simulation.now, this.#ports.now(), speed);
  }

  #play({ simulation }: Run): void {
    this.#pace.begin(simulation.now, this.#ports.now(), this.#speed);
    this.#enter('playing');
  }

  /** Goes on until there is something to see. */
  async #step(run: Run): Promise<void> {
    this.#enter('paused');
    const before = run.buffer.added;
    for (let moment = 0; moment < QUIET_MOMENTS_MAX && run.buffer.added === before; moment += 1) {
      if (run.simulation.isOver) break;
      await run.simulation.step();
    }
    this.#judge(run);
    if (run.simulation.isOver) this.#enter('over');
    this.#tell(run);
  }

  /**
   * A planned fault comes first in its moment, and an injected one after all that has happened in it. So that a link
   * repeats the run to the byte, it is injected at a moment of its own, in the middle of a millisecond, where nothing
   * else happens.
   */
  async #inject({ simulation, injected }: Run, fault: Parameters<Simulation['inject']>[0]): Promise<void> {
    const middle = Math.floor(simulation.now) + 0.5;
    await simulation.runUntil(middle > simulation.now ? middle : middle + 1);
    injected.push(simulation.inject(fault));
    await this.#ports.turn();
    this.#dirty = true;
  }

  /** Goes on a little. Returns for how long there is nothing to do. */
  async #goOn(): Promise<number> {
    const run = this.#run;
    if (run === undefined) return Number.POSITIVE_INFINITY;
    const restMs = this.#isMoving ? await this.#move(run) : Number.POSITIVE_INFINITY;
    const dueInMs = this.#toldAtMs + BATCH_EVERY_MS - this.#ports.now();
    const mayTell = this.#batch - this.#seen < UNSEEN_MAX;
    if ((this.#dirty || this.#isMoving) && mayTell && dueInMs <= 0) this.#tell(run);
    // What could not be told yet is told when it may be; until the page has seen enough, there is nothing to wait for.
    if (this.#dirty && mayTell) return Math.min(restMs, Math.max(1, dueInMs));
    return restMs;
  }

  get #isMoving(): boolean {
    return this.#state === 'playing' || this.#state === 'going';
  }

  async #move(run: Run): Promise<number> {
    const { simulation, buffer } = run;
    if (buffer.isFull) return REST_MS;
    const target = this.#state === 'going' ? this.#goToMs : this.#paceTargetMs(simulation.now);
    if (target > simulation.now) await simulation.runUntil(Math.min(target, simulation.now + SLICE_MS));
    const arrived = simulation.now >= target;
    const broke = this.#judge(run);
    if (simulation.isOver) this.#enter('over');
    else if (this.#state === 'going' && arrived) this.#enter('paused');
    else if (this.#state === 'playing' && broke && this.#pauseOnBreak) this.#enter('paused');
    else if (arrived) return REST_MS;
    return 0;
  }

  /** Whole milliseconds, so that the moment at which a reader pauses can be written down. */
  #paceTargetMs(nowMs: number): number {
    const target = this.#pace.targetMs(nowMs, this.#ports.now());
    return target === Number.POSITIVE_INFINITY ? target : Math.max(nowMs, Math.floor(target));
  }

  /** Takes what the checkers found since the last look. Returns whether an invariant broke that had held. */
  #judge(run: Run): boolean {
    const found = run.simulation.violations.slice(run.judged);
    run.judged += found.length;
    run.violations.push(...found.map((one) => ({ ...one, at: sinceBeginning(one.at) })));
    const brokenBefore = run.broken.size;
    for (const { invariant } of found) run.broken.add(invariant);
    return run.broken.size > brokenBefore;
  }

  #enter(state: RunState): void {
    this.#state = state;
    this.#dirty = true;
  }

  #tell(run: Run): void {
    this.#toldAtMs = this.#ports.now();
    this.#dirty = false;
    this.#batch += 1;
    const { events, leftOut } = run.buffer.take();
    const { violations, injected } = run;
    run.violations = [];
    run.injected = [];
    const passed = run.filter.passed;
    const status = this.#statusOf(run);
    this.#ports.tell({
      kind: 'batch',
      run: run.id,
      batch: this.#batch,
      events,
      leftOut,
      passed,
      violations,
      injected,
      status,
    });
  }

  #statusOf({ simulation, filter }: Run): Status {
    return {
      state: this.#state,
      nowMs: simulation.now,
      phase: simulation.phase,
      behind: this.#state === 'playing' && this.#pace.isBehind(this.#ports.now()),
      counts: filter.counts,
      ...(this.#isMoving ? {} : { fingerprint: simulation.report().fingerprint }),
    };
  }

  #fail(error: unknown): void {
    const run = this.#run?.id ?? 0;
    this.#run = undefined;
    this.#state = 'paused';
    this.#ports.tell({ kind: 'problem', run, code: 'failed', message: messageOf(error) });
  }
}

/** Its times as milliseconds since the beginning of the run. */
function sinceStart(event: TraceEvent): TraceEvent {
  const at = sinceBeginning(event.at);
  return event.kind === 'packet' ? { ...event, at, arrivesAt: sinceBeginning(event.arrivesAt) } : { ...event, at };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
