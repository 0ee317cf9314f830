import type { Socket } from 'node:net';
import type { Clock } from '../ports/clock.ts';

/** How long a peer may take to end its side after a close, in milliseconds, before its socket is cut. */
export const CLOSE_GRACE_MS = 5_000;

/** Cuts the socket when its peer has not ended by then: it would otherwise hold socket and buffer as long as it likes. */
export function cutAfterGrace(socket: Socket, clock: Clock): void {
  if (socket.destroyed) return;
  const cut = clock.after(CLOSE_GRACE_MS, () => socket.destroy());
  socket.once('close', () => cut.cancel());
}
