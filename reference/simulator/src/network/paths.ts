/**
 * Which way is open: partitions between nodes, in one or both directions, and how long the way takes.
 *
 * A way may be closed more than once at a time; it is open again when every one of them has ended.
 */

import type { Chance } from '../chance.ts';
import type { NetworkSettings } from '../settings.ts';

export class Paths {
  readonly #chance: Chance;
  readonly #network: NetworkSettings;
  /** How many partitions close the way from one node to another. */
  readonly #closed = new Map<string, number>();
  readonly #onOpen = new Set<() => void>();

  constructor(chance: Chance, network: NetworkSettings) {
    this.#chance = chance;
    this.#network = network;
  }

  isOpen(from: string, to: string): boolean {
    return !this.#closed.has(wayOf(from, to));
  }

  close(from: string, to: string): void {
    const way = wayOf(from, to);
    this.#closed.set(way, (this.#closed.get(way) ?? 0) + 1);
  }

  open(from: string, to: string): void {
    const way = wayOf(from, to);
    const times = this.#closed.get(way) ?? 0;
    if (times > 1) this.#closed.set(way, times - 1);
    else this.#closed.delete(way);
    if (times === 1) for (const listener of [...this.#onOpen]) listener();
  }

  openAll(): void {
    this.#closed.clear();
    for (const listener of [...this.#onOpen]) listener();
  }

  /** Calls `listener` whenever a way opens. The function that it gives back ends that. */
  onOpen(listener: () => void): () => void {
    this.#onOpen.add(listener);
    return () => this.#onOpen.delete(listener);
  }

  /** How long one way takes this time, in milliseconds. */
  delayMs(): number {
    return this.#network.delayMs + this.#chance.below(this.#network.jitterMs + 1);
  }
}

function wayOf(from: string, to: string): string {
  return `${from} ${to}`;
}
