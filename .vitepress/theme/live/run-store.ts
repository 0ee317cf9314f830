/**
 * The runs of this page, one store for the end-to-end tests and one for each benchmark.
 *
 * The stores live as long as the module, not as long as a component: editing a page re-creates its components and must
 * not lose a run.
 */

import { type ShallowRef, shallowRef } from 'vue';
import type { RunKind } from '../../../tools/runs/events.ts';
import type { RunLine } from '../../../tools/runs/live-lines.ts';
import { liveClient } from './live-gate.ts';
import { failedRun, idleRun, isGoingOn, type RunState, reduceRun, startedRun } from './run-state.ts';

/** Outcome of the last attempt to save. */
export type SaveState =
  | { readonly is: 'none' }
  | { readonly is: 'saving' }
  | { readonly is: 'saved'; readonly files: readonly string[] }
  | { readonly is: 'failed'; readonly reason: string };

export interface RunStore {
  readonly state: ShallowRef<RunState>;
  readonly saving: ShallowRef<SaveState>;
  start(name: string, quick?: boolean): Promise<void>;
  stop(): Promise<void>;
  save(): Promise<void>;
  /** Ends the run because the reader left the page. */
  leave(): void;
  /** Forgets a run that has ended, so that the recorded result shows again. */
  forget(): void;
}

const stores = new Map<string, RunStore>();

/** The store of a kind, and for benchmarks of a name. */
export function runStore(kind: RunKind, name = ''): RunStore {
  const key = `${kind}/${name}`;
  const known = stores.get(key) ?? createRunStore(kind);
  stores.set(key, known);
  return known;
}

function createRunStore(kind: RunKind): RunStore {
  const state = shallowRef<RunState>(idleRun);
  const saving = shallowRef<SaveState>({ is: 'none' });
  let abort = new AbortController();

  async function start(name: string, quick = false): Promise<void> {
    if (isGoingOn(state.value)) return;
    state.value = startedRun(name, quick, Date.now());
    saving.value = { is: 'none' };
    abort = new AbortController();
    const body = quick ? { kind, name, options: { quick } } : { kind, name };
    try {
      const { stream } = await liveClient();
      for await (const line of stream<RunLine>('run', body, abort.signal)) {
        state.value = reduceRun(state.value, line, Date.now());
      }
      if (state.value.phase !== 'ended') fail('UNREACHABLE', '');
    } catch (error) {
      if (!abort.signal.aborted) fail(codeOf(error), messageOf(error));
    }
  }

  function fail(code: string, message: string): void {
    state.value = failedRun(state.value, code, message, Date.now());
  }

  async function stop(): Promise<void> {
    const { id, phase } = state.value;
    if (phase !== 'running' && phase !== 'starting') return;
    // Before the server has answered there is no id; leaving the request has the same effect.
    if (id === undefined) return leave();
    state.value = { ...state.value, phase: 'stopping' };
    try {
      await (await liveClient()).ask('stop', { id });
    } catch {
      leave();
    }
  }

  function leave(): void {
    if (!isGoingOn(state.value)) return;
    abort.abort();
    state.value = { ...state.value, phase: 'ended', endedAtMs: Date.now(), running: new Set(), exit: STOPPED };
  }

  async function save(): Promise<void> {
    const { id } = state.value;
    if (id === undefined) return;
    saving.value = { is: 'saving' };
    try {
      const { files } = await (await liveClient()).ask<{ files: string[] }>('save', { id });
      saving.value = { is: 'saved', files };
    } catch (error) {
      saving.value = { is: 'failed', reason: messageOf(error) };
    }
  }

  function forget(): void {
    if (isGoingOn(state.value)) return;
    state.value = idleRun;
    saving.value = { is: 'none' };
  }

  return { state, saving, start, stop, save, leave, forget };
}

const STOPPED = { t: 'exit', code: null, reason: 'stopped' } as const;

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNREACHABLE';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
