import type { Backbone, Entry, TopicSubscription } from '../src/index.ts';
import { idsOf, storedAfter } from './harness.ts';

/**
 * A listener that remembers what it heard, and that a rule can wait for.
 *
 * A backbone may hand an entry out before or after it answers the publish, so a rule never looks at what was heard
 * without having waited for it. What must *not* be heard is looked for after something that comes later was heard.
 */
export class Hearing {
  readonly entries: Entry[] = [];
  readonly #topic: string;
  readonly #patienceMs: number;
  readonly #onEntry: (entry: Entry) => void;
  readonly #checks = new Set<() => void>();
  #lostCount = 0;
  #heardWhenLost = Number.POSITIVE_INFINITY;
  #subscription: TopicSubscription | undefined;

  constructor(topic: string, patienceMs: number, onEntry: (entry: Entry) => void = () => {}) {
    this.#topic = topic;
    this.#patienceMs = patienceMs;
    this.#onEntry = onEntry;
  }

  get ids(): string[] {
    return idsOf(this.entries);
  }

  /** How many times it was told that its feed is over. */
  get lostCount(): number {
    return this.#lostCount;
  }

  /** How many entries it was given although it had been told that there are no more. */
  get heardAfterLoss(): number {
    return Math.max(0, this.entries.length - this.#heardWhenLost);
  }

  /** Where the topic stood when it was joined. */
  get head(): TopicSubscription['head'] {
    if (this.#subscription === undefined) throw new Error('The listener has not been joined yet.');
    return this.#subscription.head;
  }

  async join(backbone: Backbone): Promise<this> {
    this.#subscription = await backbone.subscribe(this.#topic, this.hear, { onLost: () => this.#lose() });
    return this;
  }

  /** What is joined. */
  readonly hear = (entry: Entry): void => {
    this.entries.push(entry);
    this.#check();
    this.#onEntry(entry);
  };

  close(): void {
    this.#subscription?.close();
  }

  /** Waits until it has heard this many entries, and gives the ids of all that it has heard then. */
  async heard(count: number): Promise<string[]> {
    await this.until(`${count} entries`, () => this.entries.length >= count);
    return this.ids;
  }

  /** Waits until it has heard this message. */
  async heardId(messageId: string): Promise<string[]> {
    await this.until(messageId, () => this.ids.includes(messageId));
    return this.ids;
  }

  /** Waits for all that is stored after its head, and gives that. */
  async caughtUp(backbone: Backbone): Promise<readonly Entry[]> {
    const expected = await storedAfter(backbone, this.head.seqNo, this.#topic);
    await this.until(`${expected.length} entries`, () => this.entries.length >= expected.length);
    return expected;
  }

  /** Waits until it has heard what makes the condition true; `what` names it in the error of one who waits in vain. */
  until(what: string, condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => {
        this.#checks.delete(check);
        reject(new Error(`A listener of ${this.#topic} waited in vain for ${what}; it has heard [${this.ids}].`));
      }, this.#patienceMs);
      const check = () => {
        if (!condition()) return;
        clearTimeout(giveUp);
        this.#checks.delete(check);
        resolve();
      };
      this.#checks.add(check);
      check();
    });
  }

  #lose(): void {
    this.#lostCount += 1;
    this.#heardWhenLost = Math.min(this.#heardWhenLost, this.entries.length);
    this.#check();
  }

  #check(): void {
    for (const check of [...this.#checks]) check();
  }
}
