/** The state of one simulator on a page, its worker, and what the page can ask of it. */

import { type ShallowRef, shallowRef } from 'vue';
import type { FaultToMake } from './faults.ts';
import type { Command, LoadedReport, ProblemReport, Report, Speed } from './messages.ts';
import { foldBatch, type SimView, viewOf } from './sim-view.ts';
import { HAND_MADE_MAX, type HandMadeFault, type World } from './world.ts';

export interface SimProblem {
  readonly code: ProblemReport['code'] | 'worker';
  readonly message: string;
}

export interface SimState {
  readonly world: World;
  /** `none`: nothing was started. `ready`: a world is there, running or not. */
  readonly phase: 'none' | 'loading' | 'ready' | 'failed';
  readonly loaded: LoadedReport | undefined;
  readonly view: SimView | undefined;
  readonly speed: Speed;
  readonly pauseOnBreak: boolean;
  readonly problem: SimProblem | undefined;
}

export interface SimStore {
  readonly state: ShallowRef<SimState>;
  /** Starts a world from its beginning; with `goToMs` it goes there at once and pauses. */
  load(world: World, options: { readonly play: boolean; readonly goToMs?: number }): void;
  play(): void;
  pause(): void;
  step(): void;
  setSpeed(speed: Speed): void;
  setPauseOnBreak(on: boolean): void;
  inject(fault: FaultToMake): void;
  /** The world with all that the reader did, so that it can be run again. */
  worldNow(): World;
  /** Ends the worker because the reader left the page. What was seen stays. */
  leave(): void;
}

const DEFAULT_SPEED: Speed = 0.5;

const stores = new Map<string, SimStore>();

/** The store of a place on the site. It outlives its components, so a switch of the language changes nothing. */
export function simStore(place: string, first: World): SimStore {
  const known = stores.get(place) ?? createSimStore(first);
  stores.set(place, known);
  return known;
}

function createSimStore(first: World): SimStore {
  const state = shallowRef<SimState>({
    world: first,
    phase: 'none',
    loaded: undefined,
    view: undefined,
    speed: DEFAULT_SPEED,
    pauseOnBreak: true,
    problem: undefined,
  });
  let worker: Worker | undefined;
  let run = 0;

  function change(part: Partial<SimState>): void {
    state.value = { ...state.value, ...part };
  }

  function ask(command: Command): void {
    worker?.postMessage(command);
  }

  function begin(): void {
    if (worker !== undefined) return;
    worker = new Worker(new URL('./sim-worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<Report>) => take(data);
    worker.onerror = ({ message }) => fail(message ?? '');
    ask({ kind: 'speed', speed: state.value.speed });
    ask({ kind: 'pause-on-break', on: state.value.pauseOnBreak });
  }

  function fail(message: string): void {
    end();
    change({ phase: 'failed', problem: { code: 'worker', message } });
  }

  function end(): void {
    worker?.terminate();
    worker = undefined;
  }

  function take(report: Report): void {
    if (report.run !== run) return;
    if (report.kind === 'loaded') change({ phase: 'ready', loaded: report, view: viewOf(report.nodes) });
    else if (report.kind === 'problem') takeProblem(report);
    else {
      const { view } = state.value;
      if (view !== undefined) change({ view: foldBatch(view, report) });
      ask({ kind: 'seen', batch: report.batch });
    }
  }

  function takeProblem({ code, message }: ProblemReport): void {
    const problem = { code, message };
    if (code === 'failed') change({ phase: 'failed', problem });
    else change({ problem });
  }

  function load(world: World, { play, goToMs }: { play: boolean; goToMs?: number }): void {
    run += 1;
    const { loaded } = state.value;
    change({ world, phase: 'loading', problem: undefined, loaded });
    try {
      begin();
      ask({ kind: 'load', run, world, play, ...(goToMs === undefined ? {} : { goToMs }) });
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error));
    }
  }

  function worldNow(): World {
    const { world, view } = state.value;
    const injected = (view?.injected ?? []).map(({ id: _, ...fault }): HandMadeFault => fault);
    return { ...world, handMade: [...world.handMade, ...injected].slice(0, HAND_MADE_MAX) };
  }

  return {
    state,
    load,
    worldNow,
    play: () => ask({ kind: 'play' }),
    pause: () => ask({ kind: 'pause' }),
    step: () => ask({ kind: 'step' }),
    inject: (fault) => ask({ kind: 'inject', fault }),
    setSpeed(speed) {
      change({ speed });
      ask({ kind: 'speed', speed });
    },
    setPauseOnBreak(pauseOnBreak) {
      change({ pauseOnBreak });
      ask({ kind: 'pause-on-break', on: pauseOnBreak });
    },
    leave() {
      run += 1;
      end();
      change({ phase: 'none', view: undefined, world: worldNow() });
    },
  };
}
