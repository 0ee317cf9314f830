/** After this long without a byte, in milliseconds, TCP asks whether the peer's machine is still there. */
export const KEEP_ALIVE_MS = 30_000;
