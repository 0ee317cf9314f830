/** Time as an argument: the system's clock in production, virtual time in a simulation. */

/** A timer that has been set; cancelling one that has fired does nothing. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since 1970; fractions allowed. */
  now(): number;
  /** Calls `action` once, `ms` milliseconds from now. */
  after(ms: number, action: () => void): Timer;
  /** Calls `action` at the end of this event-loop turn, after everything that is already due. */
  soon(action: () => void): void;
}
