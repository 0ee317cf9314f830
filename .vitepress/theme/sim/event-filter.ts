/**
 * Which events of a run the page has to see, and what can be told from the others.
 *
 * Most events are there for the checkers. Of the bytes that gateways send, the page needs what is said of lateness, and
 * messages that a client already had: it drops them without a word, so nothing else shows that they came.
 */

import type { TraceEvent } from '@micro-socket/simulator';
import type { Counts } from './messages.ts';

/** `spare`: may be left out when there is too much to show. */
export type Worth = 'needed' | 'spare' | 'none';

const NOT_SHOWN: ReadonlySet<TraceEvent['kind']> = new Set(['run', 'received', 'publish', 'stored', 'subscribe']);

interface Last {
  readonly epoch: string;
  readonly seqNo: number;
}

export class EventFilter {
  /** Of each topic: the epoch in which it stores. */
  readonly #epochs = new Map<string, string>();
  /** Of each client and topic: what its program was given last. */
  readonly #given = new Map<string, Last>();
  readonly #passed: Record<string, number> = {};
  #published = 0;
  #delivered = 0;

  get counts(): Counts {
    return { published: this.#published, delivered: this.#delivered };
  }

  /** How many packets have passed from one node to another, by `from>to`. */
  get passed(): Readonly<Record<string, number>> {
    return { ...this.#passed };
  }

  worthOf(event: TraceEvent): Worth {
    this.#count(event);
    if (event.kind === 'packet') return 'spare';
    if (event.kind === 'sent') return event.type === 'health' || this.#isRepeat(event) ? 'needed' : 'none';
    return NOT_SHOWN.has(event.kind) ? 'none' : 'needed';
  }

  #count(event: TraceEvent): void {
    if (event.kind === 'publish') this.#published += 1;
    if (event.kind === 'stored') this.#epochs.set(event.topic, event.epoch);
    if (event.kind === 'delivered') {
      this.#delivered += 1;
      const { epoch, seqNo } = event;
      this.#given.set(`${event.client} ${event.topic}`, { epoch, seqNo });
    }
    if (event.kind === 'packet') {
      const way = `${event.from}>${event.to}`;
      this.#passed[way] = (this.#passed[way] ?? 0) + 1;
    }
  }

  #isRepeat(event: Extract<TraceEvent, { kind: 'sent' }>): boolean {
    if (event.type !== 'message' || event.seqNo === undefined) return false;
    const given = this.#given.get(`${event.client} ${event.topic}`);
    return given !== undefined && given.epoch === this.#epochs.get(event.topic) && event.seqNo <= given.seqNo;
  }
}
