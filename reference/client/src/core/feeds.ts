/** The subscriptions of one client, by topic, and by the alias that MessagePack frames name them with (§5.2). */

import type { Feed } from './feed.ts';

export class Feeds {
  readonly #byTopic = new Map<string, Feed>();
  /** Of the link that is up; forgotten with it. */
  readonly #byAlias = new Map<number, Feed>();

  get size(): number {
    return this.#byTopic.size;
  }

  get all(): readonly Feed[] {
    return [...this.#byTopic.values()];
  }

  has(topic: string): boolean {
    return this.#byTopic.has(topic);
  }

  get(topic: string): Feed | undefined {
    return this.#byTopic.get(topic);
  }

  /** The feed that a shared frame is for. */
  of({ topic, alias }: { readonly topic?: string; readonly alias?: number }): Feed | undefined {
    return topic === undefined ? this.#byAlias.get(alias as number) : this.#byTopic.get(topic);
  }

  add(feed: Feed): void {
    this.#byTopic.set(feed.topic, feed);
  }

  remove(feed: Feed): void {
    if (this.#byTopic.get(feed.topic) === feed) this.#byTopic.delete(feed.topic);
    this.#forgetAliases(feed);
  }

  nameAlias(alias: number, feed: Feed): void {
    this.#forgetAliases(feed);
    if (this.#byTopic.get(feed.topic) === feed) this.#byAlias.set(alias, feed);
  }

  forgetAliases(): void {
    this.#byAlias.clear();
  }

  #forgetAliases(feed: Feed): void {
    for (const [alias, of] of this.#byAlias) if (of === feed) this.#byAlias.delete(alias);
  }
}
