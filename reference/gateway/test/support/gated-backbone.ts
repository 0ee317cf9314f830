/** A backbone whose answers come when the test says so: what a backbone across a network does, without the network. */

import type { Backbone, EntryListener, PublishRequest, PublishResult, ReadRange } from '@micro-socket/backbone';
import type { Position } from '@micro-socket/protocol';

type Step = 'publish' | 'subscribe' | 'read';

interface Held {
  readonly step: Step;
  readonly go: () => void;
  readonly fail: (error: unknown) => void;
}

export class GatedBackbone implements Backbone {
  readonly #inner: Backbone;
  readonly #held: Held[] = [];
  readonly #gated: ReadonlySet<Step>;
  /** Subscriptions to the inner backbone that are open. */
  openSubscriptions = 0;

  constructor(inner: Backbone, ...gated: Step[]) {
    this.#inner = inner;
    this.#gated = new Set(gated);
  }

  get durability() {
    return this.#inner.durability;
  }

  get retentionMessagesMax() {
    return this.#inner.retentionMessagesMax;
  }

  get problem() {
    return this.#inner.problem;
  }

  get dedupWindowMs() {
    return this.#inner.dedupWindowMs;
  }

  /** How many calls wait. */
  get heldCount(): number {
    return this.#held.length;
  }

  /** Lets the oldest waiting calls go on; all of them unless a number is given. */
  release(count = this.#held.length): void {
    for (const { go } of this.#held.splice(0, count)) go();
  }

  /** Fails the oldest waiting call. */
  fail(error: unknown): void {
    this.#held.shift()?.fail(error);
  }

  async publish(request: PublishRequest): Promise<PublishResult> {
    await this.#gate('publish');
    return this.#inner.publish(request);
  }

  async subscribe(topic: string, listener: EntryListener) {
    // The listener joins at once and the answer comes late, so entries may come before it.
    const { head, close } = await this.#inner.subscribe(topic, listener);
    this.openSubscriptions += 1;
    const closeOnce = () => {
      this.openSubscriptions -= 1;
      close();
    };
    try {
      await this.#gate('subscribe');
    } catch (error) {
      closeOnce();
      throw error;
    }
    return { head, close: closeOnce };
  }

  async read(topic: string, range: ReadRange) {
    await this.#gate('read');
    return this.#inner.read(topic, range);
  }

  snapshot(topic: string) {
    return this.#inner.snapshot(topic);
  }

  tail(topic: string, count: number) {
    return this.#inner.tail(topic, count);
  }

  head(topic: string) {
    return this.#inner.head(topic);
  }

  anchor(topic: string, position: Position) {
    return this.#inner.anchor(topic, position);
  }

  close() {
    return this.#inner.close();
  }

  #gate(step: Step): Promise<void> {
    if (!this.#gated.has(step)) return Promise.resolve();
    return new Promise((resolve, reject) => this.#held.push({ step, go: resolve, fail: reject }));
  }
}
