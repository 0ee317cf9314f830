import type { Socket } from 'node:net';
import { LineReader } from '../stream/line-reader.ts';

/**
 * Reads the first line of a socket, its line feed included in `bytesMax`. Calls back once: with the line, or with
 * `undefined` when it is longer. Not at all when the socket ends before. The socket is paused then, and what came
 * behind the line is still to be read from it.
 */
export function readFirstLine(socket: Socket, bytesMax: number, onLine: (line: string | undefined) => void): void {
  const reader = new LineReader(bytesMax);
  const read = (chunk: Buffer) => {
    const found = reader.push(chunk);
    if (found === undefined) return;
    socket.off('data', read);
    socket.pause();
    if (found.rest.length > 0) socket.unshift(found.rest);
    onLine(found.line);
  };
  socket.on('data', read);
}
