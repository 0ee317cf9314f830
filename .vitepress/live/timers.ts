/** The only way in which the live part waits, so that a test can decide when time is over. */

export interface Timers {
  /** Calls `action` once, after `ms` milliseconds. The returned function takes it back. */
  after(ms: number, action: () => void): () => void;
}

export const systemTimers: Timers = {
  after(ms, action) {
    const handle = setTimeout(action, ms);
    return () => clearTimeout(handle);
  },
};
