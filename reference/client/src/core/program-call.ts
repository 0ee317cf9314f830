/**
 * Calls of the program's functions.
 *
 * A function that throws must not leave the client half way through a frame, and its error must not vanish either. So
 * it is thrown again at the end of the turn, where it becomes what any error of an event handler becomes.
 */

import type { Clock } from '@micro-socket/transport';

export function callProgram<Argument>(
  clock: Clock,
  listener: ((argument: Argument) => unknown) | undefined,
  argument: Argument,
): void {
  try {
    listener?.(argument);
  } catch (error) {
    clock.soon(() => {
      throw error;
    });
  }
}
