/** A program that the benchmark measures: a module that starts a server. */

export interface Program {
  /**
   * Starts the server on a free port of this machine and resolves with its address. It lives as long as its process.
   *
   * It speaks the frames `setup`, `publish`, `ready`, `subscribed`, `ack` and `message` in JSON, with `data` as the last
   * field of `message`, so the same load generator and the same bytes serve all programs.
   */
  start(): Promise<string>;
}

/** A program's name in the result, and the address of its module. */
export interface ProgramEntry {
  readonly name: string;
  readonly module: string;
}

/** The programs of the fan-out benchmark, ours first. */
export const FAN_OUT_PROGRAMS: readonly ProgramEntry[] = [
  { name: 'micro-socket', module: new URL('./micro-socket.ts', import.meta.url).href },
  { name: 'ws-send-loop', module: new URL('./ws-send-loop.ts', import.meta.url).href },
];
