/**
 * What the last published ids stood for.
 *
 * NATS remembers an id for as long as its window, but not its content: that can be compared with the message, and only as
 * long as the message is stored. So each gateway remembers the fingerprints of what it has published itself. This makes a
 * conflict told more often, and cheaper; it is not what a promise rests on, and it forgets the oldest when it is full.
 */

import type { Position } from '@micro-socket/protocol';
import { Fifo } from '../../parts/fifo.ts';

interface Recent {
  readonly id: string;
  readonly fingerprint: number;
  readonly position: Position;
  readonly expiresAt: number;
}

const LENGTH_MAX = 65_536;
/** So many that have expired are cleared away with each new one. */
const CLEARED_AT_ONCE = 4;

export class RecentContents {
  readonly #windowMs: number;
  readonly #recent = new Map<string, Recent>();
  readonly #order = new Fifo<Recent>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** The fingerprint of what is stored at a position under an id. `now` is in milliseconds since 1970. */
  find(id: string, { epoch, seqNo }: Position, now: number): number | undefined {
    const recent = this.#recent.get(id);
    if (recent === undefined || recent.expiresAt <= now) return undefined;
    return recent.position.epoch === epoch && recent.position.seqNo === seqNo ? recent.fingerprint : undefined;
  }

  add(id: string, fingerprint: number, position: Position, now: number): void {
    for (let cleared = 0; cleared < CLEARED_AT_ONCE && this.#mayForgetOldest(now); cleared++) this.#forgetOldest();
    const recent = { id, fingerprint, position, expiresAt: now + this.#windowMs };
    this.#recent.set(id, recent);
    this.#order.push(recent);
  }

  #mayForgetOldest(now: number): boolean {
    const { oldest, length } = this.#order;
    return oldest !== undefined && (length >= LENGTH_MAX || oldest.expiresAt <= now);
  }

  #forgetOldest(): void {
    const oldest = this.#order.shift();
    if (oldest !== undefined && this.#recent.get(oldest.id) === oldest) this.#recent.delete(oldest.id);
  }
}
