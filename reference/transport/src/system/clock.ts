/** The real clock, for any runtime that has the standard's timers. */

import type { Clock } from '../ports/clock.ts';

/** Makes the system's clock; `soon` is the runtime's way to reach the end of an event-loop turn. */
export function systemClockWith(soon: (action: () => void) => void): Clock {
  return {
    now: () => performance.timeOrigin + performance.now(),
    after(ms, action) {
      const timeout = setTimeout(action, ms);
      return { cancel: () => clearTimeout(timeout) };
    },
    soon,
  };
}
