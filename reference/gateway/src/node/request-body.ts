/**
 * Reads the bodies of HTTP requests, within two bounds: that of one body, and that of all that are held at one time. A
 * body is charged for what has come of it, so a request that never ends costs its socket and little more; when its
 * time is over the server cuts it.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { ProtocolError } from '@micro-socket/protocol';

/** How many bytes of bodies may be held at one time. */
export class BodyBudget {
  #leftBytes: number;

  constructor(bytesMax: number) {
    this.#leftBytes = bytesMax;
  }

  /** False when there is no room, and then nothing is taken. */
  take(bytes: number): boolean {
    if (bytes > this.#leftBytes) return false;
    this.#leftBytes -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#leftBytes += bytes;
  }
}

/** How long to wait when too many bodies are held, in milliseconds. */
const AFTER_MS = 1_000;

export class RequestBody {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #budget: BodyBudget;
  #heldBytes = 0;

  constructor(request: IncomingMessage, response: ServerResponse, budget: BodyBudget) {
    this.#request = request;
    this.#response = response;
    this.#budget = budget;
  }

  /** The whole body. Rejects with `ProtocolError` and reads no further; see `HttpRequest.body`. */
  async read(bytesMax: number): Promise<Uint8Array> {
    // The end of a request that is gone already would never be heard of.
    if (this.#request.destroyed) throw endedEarly();
    const declared = Number(this.#request.headers['content-length'] ?? 0);
    if (declared > bytesMax) throw tooLarge(bytesMax);
    if (this.#request.headers.expect !== undefined) this.#response.writeContinue();
    return this.#collected(bytesMax);
  }

  /** What was read is not needed any more. */
  release(): void {
    this.#budget.give(this.#heldBytes);
    this.#heldBytes = 0;
  }

  #collected(bytesMax: number): Promise<Uint8Array> {
    const request = this.#request;
    const chunks: Buffer[] = [];
    return new Promise((resolve, reject) => {
      const refuse = (error: Error) => {
        request.off('data', take);
        request.pause();
        reject(error);
      };
      const take = (chunk: Buffer) => {
        if (this.#heldBytes + chunk.length > bytesMax) {
          refuse(tooLarge(bytesMax));
        } else if (!this.#budget.take(chunk.length)) {
          refuse(
            new ProtocolError('OVERLOADED', 'Too many requests are being read; try again.', { afterMs: AFTER_MS }),
          );
        } else {
          this.#heldBytes += chunk.length;
          chunks.push(chunk);
        }
      };
      request.on('data', take);
      request.once('end', () => resolve(Buffer.concat(chunks)));
      // Nobody is left to hear it, but whoever waits for the body has to be told.
      request.once('close', () => reject(endedEarly()));
    });
  }
}

function endedEarly(): ProtocolError {
  return new ProtocolError('MALFORMED_FRAME', 'The body ended early.');
}

function tooLarge(bytesMax: number): ProtocolError {
  return new ProtocolError('FRAME_TOO_LARGE', `The body has more than ${bytesMax} bytes (frameBytesMax).`);
}
