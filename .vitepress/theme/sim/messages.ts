/** What the page and the worker that runs the world say to each other. */

import type { Invariant, PlannedFault, Settings, Simulation, TraceEvent, Violation } from '@micro-socket/simulator';
import type { HandMadeFault, World } from './world.ts';

/** Virtual milliseconds for a real one, or as fast as the machine can. */
export type Speed = number | 'max';

export const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 20, 'max'] as const satisfies readonly Speed[];

export interface LoadCommand {
  readonly kind: 'load';
  /** Names the run in every answer, so that the page can tell what belongs to a run that it has left. */
  readonly run: number;
  readonly world: World;
  /** Goes to this moment at once and pauses there. */
  readonly goToMs?: number;
  readonly play: boolean;
}

export type Command =
  | LoadCommand
  | { readonly kind: 'play' }
  | { readonly kind: 'pause' }
  | { readonly kind: 'step' }
  | { readonly kind: 'speed'; readonly speed: Speed }
  /** Whether the run pauses when an invariant breaks that has held so far. */
  | { readonly kind: 'pause-on-break'; readonly on: boolean }
  | { readonly kind: 'inject'; readonly fault: Omit<HandMadeFault, 'atMs'> }
  /** The page has shown this batch. A worker that is two batches ahead waits. */
  | { readonly kind: 'seen'; readonly batch: number };

/** `going`: on its way to a moment that was asked for. */
export type RunState = 'paused' | 'playing' | 'going' | 'over';

export interface Counts {
  readonly published: number;
  readonly delivered: number;
}

export interface Status {
  readonly state: RunState;
  readonly nowMs: number;
  readonly phase: Simulation['phase'];
  /** The machine is too slow for the speed that was asked for. */
  readonly behind: boolean;
  readonly counts: Counts;
  /** Of the whole history so far. Only when the run stands still. */
  readonly fingerprint?: string;
}

export interface MutantInfo {
  readonly name: string;
  readonly breaks: Invariant;
}

export interface LoadedReport {
  readonly kind: 'loaded';
  readonly run: number;
  readonly settings: Settings;
  readonly nodes: Simulation['nodes'];
  readonly mutants: readonly MutantInfo[];
}

/** What happened since the last batch, in order. */
export interface Batch {
  readonly kind: 'batch';
  readonly run: number;
  readonly batch: number;
  readonly events: readonly TraceEvent[];
  /** Packets that are not among the events, because there were too many to draw. */
  readonly leftOut: number;
  /** How many packets have passed from one node to another since the beginning, by `from>to`. */
  readonly passed: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
  readonly injected: readonly PlannedFault[];
  readonly status: Status;
}

export interface ProblemReport {
  readonly kind: 'problem';
  readonly run: number;
  /** `failed` is for what should not happen: a mistake in the simulator, or a worker that cannot start. */
  readonly code: 'unknown-mutant' | 'failed';
  readonly message: string;
}

export type Report = LoadedReport | Batch | ProblemReport;
