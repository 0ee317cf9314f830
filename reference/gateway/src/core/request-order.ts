/**
 * The order of one connection's requests about one topic (§3.2).
 *
 * A backbone may take its time, and answer what was asked later before what was asked earlier. Two kinds of requests can
 * tell the difference: a subscription begins behind the publishes that its connection sent before it, and in front of
 * those that it sent after. So each waits for the other where both are under way; publishes do not wait for each other,
 * because the backbone keeps their order.
 *
 * Nothing is kept of a topic with nothing under way.
 */

export class RequestOrder {
  readonly #publishes = new Map<string, Set<Promise<unknown>>>();
  readonly #openings = new Map<string, Promise<void>>();

  /** What a subscription, or anything that reads, has to wait for: it never rejects. */
  publishesOn(topic: string): Promise<unknown> | undefined {
    const under = this.#publishes.get(topic);
    return under && Promise.allSettled(under);
  }

  /** What a publish has to wait for: it never rejects. */
  openingOf(topic: string): Promise<void> | undefined {
    return this.#openings.get(topic);
  }

  /** A publish is under way until `work` has ended. */
  publishing(topic: string, work: Promise<unknown>): void {
    const under = this.#publishes.get(topic) ?? new Set();
    this.#publishes.set(topic, under.add(work));
    const end = () => {
      under.delete(work);
      if (under.size === 0) this.#publishes.delete(topic);
    };
    work.then(end, end);
  }

  /** A subscription is being opened until `work` has ended. */
  opening(topic: string, work: Promise<unknown>): void {
    const end = () => {
      if (this.#openings.get(topic) === ended) this.#openings.delete(topic);
    };
    const ended: Promise<void> = work.then(end, end);
    this.#openings.set(topic, ended);
  }
}
