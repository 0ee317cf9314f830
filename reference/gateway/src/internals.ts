/** For those who break or watch the core on purpose: not a part of the public surface, and it may change with any version. */

export type { Member } from './core/cohort.ts';
export { Cohort } from './core/cohort.ts';
export { LatencyMonitor } from './core/latency.ts';
export { Outlet } from './core/outlet.ts';
export { Publishing } from './core/publishing.ts';
export { Replay } from './core/replay.ts';
export { Ring } from './core/ring.ts';
export { Session } from './core/session.ts';
export { SessionKeys } from './core/session-keys.ts';
export { SessionTable } from './core/session-table.ts';
export { SubSocket } from './core/sub-socket.ts';
export { Subscription } from './core/subscription.ts';
export { Subscriptions } from './core/subscriptions.ts';
