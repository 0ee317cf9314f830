/** What can go wrong in a benchmark. A figure is only printed when nothing of this has happened. */

export type BenchErrorCode =
  /** A subscriber did not get a message. */
  | 'MESSAGE_LOST'
  /** A subscriber got a later message first. */
  | 'MESSAGE_OUT_OF_ORDER'
  /** A subscriber got a message twice. */
  | 'MESSAGE_DUPLICATED'
  /** A subscriber got other bytes than were published. */
  | 'MESSAGE_DAMAGED'
  /** The server answered something else than it was asked for. */
  | 'UNEXPECTED_FRAME'
  /** A connection could not be opened, or ended during the run. */
  | 'CONNECTION_LOST'
  /** A process of the run could not be started or ended by itself. */
  | 'PROCESS_FAILED'
  /** The plan that was asked for makes no sense. */
  | 'PLAN_INVALID'
  /** The run was asked to end. */
  | 'STOPPED';

export class BenchError extends Error {
  readonly code: BenchErrorCode;

  constructor(code: BenchErrorCode, message: string) {
    super(message);
    this.name = 'BenchError';
    this.code = code;
  }
}

/** The error as it crosses a process boundary. */
export interface BenchErrorData {
  readonly code: BenchErrorCode;
  readonly message: string;
}

/** What is known of a failure; one that nobody foresaw is the process's own. */
export function errorData(error: unknown): BenchErrorData {
  if (error instanceof BenchError) return { code: error.code, message: error.message };
  return { code: 'PROCESS_FAILED', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
