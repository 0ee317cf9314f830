/** Every bound of the live part, with its unit in its name. */

export interface LiveLimits {
  /** A longer request body is refused with 413. */
  readonly bodyBytes: number;
  /** A process that has not ended by then is stopped; the page is told `time-limit`. */
  readonly runMs: number;
  /** How long the list of suites may take to print. */
  readonly listMs: number;
  /** After SIGTERM, how long a process group has to end before SIGKILL. */
  readonly graceMs: number;
  /** A longer line of a program cannot be an event: its beginning is passed on as a log line. */
  readonly lineChars: number;
  /** A longer log line is cut, with an ellipsis at its end. */
  readonly logChars: number;
  /** A run that prints more, on both outputs together, is stopped; the page is told `output-limit`. */
  readonly outputBytes: number;
  /** Results of that many finished runs are held for saving; older ones are forgotten. */
  readonly heldRuns: number;
}

export const DEFAULT_LIMITS: LiveLimits = {
  bodyBytes: 16 * 1024,
  runMs: 10 * 60 * 1000,
  listMs: 60 * 1000,
  graceMs: 5000,
  lineChars: 4 * 1024 * 1024,
  logChars: 4096,
  outputBytes: 32 * 1024 * 1024,
  heldRuns: 8,
};
