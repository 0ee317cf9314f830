/**
 * A backbone at the other end of a link: calls take time, entries are heard later than they are stored, and the link can
 * be down. What the contract promises still holds: publishes keep their order, and every listener hears everything.
 */

import type { Backbone, Entry, EntryListener, PublishRequest, ReadRange } from '@micro-socket/backbone';
import type { Clock, Random } from '@micro-socket/transport';
import { GATEWAYS_TOPIC } from '../../src/core/derived-topics.ts';

/** What a call fails with while the link is down. It does not say whether the call took effect. */
export class LinkError extends Error {
  readonly code = 'LINK_LOST';

  constructor() {
    super('The link to the backbone was lost.');
    this.name = 'LinkError';
  }
}

type Method = 'publish' | 'subscribe' | 'snapshot' | 'head';

/** A failure that a test has ordered. */
interface Ordered {
  readonly method: Method;
  readonly error: unknown;
  /** True when the call takes effect all the same. */
  readonly takesEffect: boolean;
  /** Fails only publishes for which this holds. Otherwise it fails whatever is not about signs of life. */
  readonly of?: (request: PublishRequest) => boolean;
}

type How = Partial<Pick<Ordered, 'takesEffect' | 'of'>>;

export interface DistantBackboneOptions {
  readonly inner: Backbone;
  readonly clock: Clock;
  readonly random: Random;
  /** Each way takes up to this long. 0: calls reach the backbone at once. */
  readonly delayMsMax?: number;
}

export class DistantBackbone implements Backbone {
  readonly #inner: Backbone;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #delayMsMax: number;
  readonly #ordered: Ordered[] = [];
  /** When the last call reached the backbone: none overtakes another. */
  #reachedAt = 0;
  #downUntil = 0;
  #hasEffects = true;
  /** Against the contract: while it is true, entries are lost on their way to the listeners. */
  isDeaf = false;
  /** While it is true, entries wait for the clock, even those that take no time: for a process that was stopped. */
  isHeld = false;
  #isDead = false;
  /** What closes the subscriptions that are open. */
  readonly #open = new Set<() => void>();
  /** Subscriptions to the backbone that are open. */
  openSubscriptions = 0;
  /** Calls by method, without those that are about signs of life. */
  readonly calls: Record<Method, number> = { publish: 0, subscribe: 0, snapshot: 0, head: 0 };

  constructor({ inner, clock, random, delayMsMax = 0 }: DistantBackboneOptions) {
    this.#inner = inner;
    this.#clock = clock;
    this.#random = random;
    this.#delayMsMax = delayMsMax;
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

  /** Fails the next calls of a method, `times` of them. */
  fail(method: Method, error: unknown, { times = 1, ...how }: { times?: number } & How = {}): void {
    for (let at = 0; at < times; at++) this.#ordered.push({ method, error, takesEffect: false, ...how });
  }

  /** Lets everything work again that was ordered to fail. */
  heal(): void {
    this.#ordered.length = 0;
    this.#downUntil = 0;
  }

  /** From now on, for this long, calls fail, and entries are held back. Some calls have an effect all the same, or none. */
  goDown(ms: number, effects: 'some' | 'none' = 'some'): void {
    this.#downUntil = this.#clock.now() + ms;
    this.#hasEffects = effects === 'some';
  }

  /** The process has ended: it is heard no more and hears nothing, and no call is answered. */
  die(): void {
    this.#isDead = true;
    for (const close of [...this.#open]) close();
  }

  publish(request: PublishRequest) {
    return this.#call('publish', request.topic, () => this.#inner.publish(request), request);
  }

  async subscribe(topic: string, listener: EntryListener) {
    const hear = this.#delayed(listener);
    return this.#call('subscribe', topic, async () => {
      const { head, close } = await this.#inner.subscribe(topic, hear.listener);
      this.openSubscriptions += 1;
      const closeOnce = () => {
        if (this.#open.delete(closeOnce)) this.openSubscriptions -= 1;
        hear.stop();
        close();
      };
      this.#open.add(closeOnce);
      return { head, close: closeOnce };
    });
  }

  snapshot(topic: string) {
    return this.#call('snapshot', topic, () => this.#inner.snapshot(topic));
  }

  head(topic: string) {
    return this.#call('head', topic, () => this.#inner.head(topic));
  }

  read(topic: string, range: ReadRange) {
    return this.#inner.read(topic, range);
  }

  tail(topic: string, count: number) {
    return this.#inner.tail(topic, count);
  }

  anchor(topic: string, position: Parameters<Backbone['anchor']>[1]) {
    return this.#inner.anchor(topic, position);
  }

  close() {
    return this.#inner.close();
  }

  async #call<Result>(
    method: Method,
    topic: string,
    action: () => Promise<Result>,
    request?: PublishRequest,
  ): Promise<Result> {
    if (this.#isDead) return new Promise(() => {});
    if (topic !== GATEWAYS_TOPIC) this.calls[method] += 1;
    const failure = this.#failureOf(method, topic, request);
    // A subscription that nobody gets would be open for good.
    if (failure !== undefined && (!failure.takesEffect || method === 'subscribe')) {
      await this.#pass(this.#delayMs());
      throw failure.error;
    }
    const now = this.#clock.now();
    this.#reachedAt = Math.max(this.#reachedAt, now + this.#delayMs());
    await this.#pass(this.#reachedAt - now);
    const result = await action();
    await this.#pass(this.#delayMs());
    if (failure !== undefined) throw failure.error;
    return result;
  }

  #failureOf(method: Method, topic: string, request: PublishRequest | undefined): Ordered | undefined {
    const concerns = ({ method: failing, of }: Ordered) =>
      failing === method && (of === undefined ? topic !== GATEWAYS_TOPIC : request !== undefined && of(request));
    const place = this.#ordered.findIndex(concerns);
    if (place !== -1) return this.#ordered.splice(place, 1)[0];
    if (this.#clock.now() >= this.#downUntil) return undefined;
    return { method, error: new LinkError(), takesEffect: this.#random.uint32() % 2 === 0 && this.#hasEffects };
  }

  /** Hands entries on in their order, each after its delay and when the link is up. */
  #delayed(listener: EntryListener): { listener: EntryListener; stop: () => void } {
    let heardAt = 0;
    let isOpen = true;
    const hear = (entry: Entry) => {
      if (this.isDeaf) return;
      const now = this.#clock.now();
      heardAt = Math.max(heardAt, this.#downUntil, now + this.#delayMs());
      const handOver = () => {
        if (isOpen) listener(entry);
      };
      if (heardAt === now && !this.isHeld) handOver();
      else this.#clock.after(heardAt - now, handOver);
    };
    return {
      listener: hear,
      stop: () => {
        isOpen = false;
      },
    };
  }

  #delayMs(): number {
    return this.#delayMsMax === 0 ? 0 : this.#random.uint32() % (this.#delayMsMax + 1);
  }

  #pass(ms: number): Promise<void> {
    if (ms === 0) return Promise.resolve();
    return new Promise((resolve) => this.#clock.after(ms, resolve));
  }
}
