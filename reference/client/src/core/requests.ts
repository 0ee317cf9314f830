/** Requests that wait for their answer, by id. */

export interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export class Requests<Answer> {
  readonly #waiting = new Map<number, Waiting<Answer>>();
  #nextId = 1;

  get size(): number {
    return this.#waiting.size;
  }

  /** Gives `send` a new id and waits for its answer. */
  ask(send: (id: number) => void): Promise<Answer> {
    const id = this.#nextId++;
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
