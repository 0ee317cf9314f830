/** What the matrix of conformance shows: for each check and each column the newest thing that is known of it. */

import type { SuiteInfo, TestOutcome } from '../../../tools/runs/events.ts';
import type { VerifyCell, VerifyResult } from '../../../tools/runs/result-schema.ts';
import type { RunState } from './run-state.ts';

export type CellState = VerifyCell['status'] | 'running' | 'waiting' | 'none';

export interface CellView {
  readonly column: string;
  readonly state: CellState;
  /** What was expected and what came, or why the check was skipped. */
  readonly text: string | undefined;
}

export interface RowView {
  readonly id: string;
  readonly level: string;
  readonly title: string;
  readonly proves: readonly string[];
  readonly cells: readonly CellView[];
}

export interface MatrixView {
  /** `ws json` and so on. */
  readonly columns: readonly string[];
  readonly rows: readonly RowView[];
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The recorded matrix, or that of a run which was started here. */
export function matrixView(recorded: VerifyResult | undefined, known: readonly SuiteInfo[], run: RunState): MatrixView {
  const rows = run.phase === 'idle' ? recordedRows(recorded) : liveRows(run, recorded);
  const columns = rows[0]?.cells.map(({ column }) => column) ?? columnsOf(recorded);
  const count = (state: CellState) => rows.flatMap(({ cells }) => cells).filter((cell) => cell.state === state).length;
  const titled = rows.length > 0 ? rows : emptyRows(known);
  return { columns, rows: titled, passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
}

function columnsOf(recorded: VerifyResult | undefined): string[] {
  return recorded?.columns.map(({ transport, encoding }) => `${transport}-${encoding}`) ?? [];
}

function recordedRows(recorded: VerifyResult | undefined): RowView[] {
  const columns = columnsOf(recorded);
  return (recorded?.checks ?? []).map(({ cells, ...check }) => ({
    ...check,
    cells: columns.map((column, at) => recordedCell(column, cells[at] ?? null)),
  }));
}

function recordedCell(column: string, cell: VerifyCell | null): CellView {
  if (cell === null) return { column, state: 'none', text: undefined };
  const { status, expected, came, reason } = cell;
  const text = expected === undefined ? reason : `${expected}\n→ ${came ?? ''}`;
  return { column, state: status, text };
}

/** A run tells its columns in its plan: one suite for each, with the checks that mean something there. */
function liveRows(run: RunState, recorded: VerifyResult | undefined): RowView[] {
  const levels = new Map(recorded?.checks.map(({ id, level }) => [id, level]));
  const checks = new Map(run.suites.flatMap(({ tests }) => tests.map((test) => [test.id, test] as const)));
  return [...checks.values()].map(({ id, title, proves }) => ({
    id,
    title,
    proves,
    level: levels.get(id) ?? '',
    cells: run.suites.map(({ name, tests }) =>
      liveCell(
        run,
        name,
        id,
        tests.some((test) => test.id === id),
      ),
    ),
  }));
}

function liveCell(run: RunState, column: string, id: string, applies: boolean): CellView {
  const key = `${column}/${id}`;
  const outcome: TestOutcome | undefined = run.outcomes.get(key);
  if (outcome !== undefined) return { column, state: outcome.status, text: outcome.error };
  if (!applies) return { column, state: 'none', text: undefined };
  return { column, state: run.running.has(key) ? 'running' : 'waiting', text: undefined };
}

function emptyRows(known: readonly SuiteInfo[]): RowView[] {
  return known.flatMap(({ tests }) => tests.map((test) => ({ ...test, level: '', cells: [] })));
}
