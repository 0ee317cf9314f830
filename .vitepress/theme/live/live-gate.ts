/**
 * The one door to the live client.
 *
 * In a build the virtual module says `live = false` as a constant, so the import below and all of the client are left out.
 */

import { live, reason } from 'virtual:micro-socket-live';

export type LiveClient = typeof import('./live-client.ts');

/** True when this page can start programs. */
export const isLive: boolean = live;

/** Why it cannot. */
export const notLiveReason: typeof reason = reason;

export async function liveClient(): Promise<LiveClient> {
  if (live) return import('./live-client.ts');
  throw new Error('nothing can be started from this page');
}
