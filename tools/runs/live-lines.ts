/** The lines that the dev server streams to a page: a run's own events, between a first and a last line of the server. */

import type { RunEvent } from './events.ts';

/** Why a process that the page started is gone. */
export type EndReason =
  /** It ended by itself. */
  | 'finished'
  /** The page asked for it, or was left. */
  | 'stopped'
  /** It took longer than a run may take. */
  | 'time-limit'
  /** It printed more than a run may print. */
  | 'output-limit'
  /** It could not be started. */
  | 'not-started'
  /** The dev server closed. */
  | 'server-closed';

export interface ExitLine {
  readonly t: 'exit';
  /** Exit code of the process; null when a signal ended it. */
  readonly code: number | null;
  readonly reason: EndReason;
  readonly message?: string;
}

export interface IdLine {
  readonly t: 'run';
  readonly id: string;
}

/** `POST /__live/run` */
export type RunLine = IdLine | RunEvent | ExitLine;

/** `POST /__live/example` */
export type ExampleLine =
  | IdLine
  | { readonly t: 'started'; readonly address: string }
  | { readonly t: 'log'; readonly line: string }
  | ExitLine;

/** Body of every refusal. */
export interface RefusalBody {
  readonly error: { readonly code: string; readonly message: string; readonly field?: string };
}
