/** Who may do what, and since when: what the history says of grants. Nobody may do what was never granted. */

import type { GrantedEvent } from '../history.ts';

interface Span {
  readonly from: number;
  to: number;
}

export class Right {
  readonly #spans: Span[] = [];

  get isHeld(): boolean {
    return this.#spans.at(-1)?.to === Number.POSITIVE_INFINITY;
  }

  /** When it ended last; `undefined` while it is held. */
  get endedAt(): number | undefined {
    return this.isHeld ? undefined : this.#spans.at(-1)?.to;
  }

  give(at: number): void {
    if (!this.isHeld) this.#spans.push({ from: at, to: Number.POSITIVE_INFINITY });
  }

  take(at: number): void {
    const span = this.#spans.at(-1);
    if (span !== undefined && this.isHeld) span.to = at;
  }

  /** Whether it was held at some moment of a stretch of time, both ends included. */
  wasHeldWithin(from: number, to: number): boolean {
    return this.#spans.some((span) => span.from <= to && span.to >= from);
  }

  /** Whether it was held all the time, both ends included. */
  wasHeldThrough(from: number, to: number): boolean {
    return this.#spans.some((span) => span.from <= from && span.to > to);
  }
}

/** The topics that the presence of a topic makes may be read by whoever may read the topic. */
const DERIVED = /\.~(presence|occupancy)$/;

export class Rights {
  readonly #rights = new Map<string, Right>();

  take({ kind, at, principal, action, topic }: GrantedEvent): void {
    const name = rightName(principal, action, topic);
    let right = this.#rights.get(name);
    if (right === undefined) {
      right = new Right();
      this.#rights.set(name, right);
    }
    if (kind === 'granted') right.give(at);
    else right.take(at);
  }

  /** `undefined` where it was never granted. */
  of(principal: string, action: GrantedEvent['action'], topic: string): Right | undefined {
    return this.#rights.get(rightName(principal, action, topic.replace(DERIVED, '')));
  }
}

function rightName(principal: string, action: string, topic: string): string {
  return `${action}\n${topic}\n${principal}`;
}
