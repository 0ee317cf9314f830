/**
 * Lets all promises that can go on go on, and resolves when none can. It is an argument of a simulation, because only a
 * runtime can give it: `@micro-socket/simulator/system` has one.
 */
export type Turn = () => Promise<void>;
