/** How a client is connected, for a program that shows it to people. */

/**
 * `connecting`: the first connection is being made. `ready`: calls are served. `reconnecting`: the connection was lost
 * and is being made again, and calls wait. `closed`: the client is of no use any more.
 */
export type ClientState = 'connecting' | 'ready' | 'reconnecting' | 'closed';

// #region transitions
/** Every change of state that there is. */
export const CLIENT_TRANSITIONS: Readonly<Record<ClientState, readonly ClientState[]>> = {
  connecting: ['ready', 'closed'],
  ready: ['reconnecting', 'closed'],
  reconnecting: ['ready', 'closed'],
  closed: [],
};
// #endregion transitions

export interface ClientStatus {
  readonly state: ClientState;
  /** Which attempt to connect is under way or waited for, from 1; 0 once the client is ready. */
  readonly attempt: number;
  /** How long the client waits before that attempt, in milliseconds; absent while it is under way. */
  readonly retryInMs?: number;
  /** Why there is no connection, where that was not the program's wish. */
  readonly reason?: Error;
}
