/** Requests that wait for their answer, by id. */

import { RequestsFullError } from './errors.ts';

/** Far more than a program can mean; beyond it the next request is refused. */
const REQUESTS_MAX = 10_000;

export interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export class Requests<Answer> {
  readonly #waiting = new Map<number, Waiting<Answer>>();
  #lastId = 0;

  /** An id that this client has not used yet, on whichever connection. */
  newId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** Gives `send` a new id and waits for its answer. Rejects with what `send` throws. */
  ask(send: (id: number) => void): Promise<Answer> {
    if (this.#waiting.size >= REQUESTS_MAX) return Promise.reject(new RequestsFullError(REQUESTS_MAX));
    const id = this.newId();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      try {
        send(id);
      } catch (error) {
        this.#waiting.delete(id);
        reject(error);
      }
    });
  }

  /** The request that this answer is for; it no longer waits. */
  take(id: number | undefined): Waiting<Answer> | undefined {
    if (id === undefined) return undefined;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  rejectAll(error: Error): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }
}
