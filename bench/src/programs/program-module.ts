/** A module that starts a server. */
export interface Program {
  /**
   * Starts the server on a free port of this machine and resolves with its address. It lives as long as its process.
   *
   * Those that were written for this speak the frames `setup`, `publish`, `ready`, `subscribed`, `ack` and `message` in
   * JSON, with `data` as the last field of `message`, so the same bytes go through all of them.
   */
  start(): Promise<string>;
}
