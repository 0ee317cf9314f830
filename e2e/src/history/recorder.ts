/**
 * Writes down what happened in one test, in the format of the simulator's histories, for the simulator's checkers.
 *
 * It stands beside the probes and sees their frames, and the test tells it what the test did to gateways. It knows who
 * may do what from the policy document, and when from the clock of this machine. It sees neither the wire of anybody
 * else nor the backbone, but where every publish was answered, the answers tell the backbone's log.
 *
 * A topic is used at one gateway at a time: the gateways of a test share no backbone.
 */

import type { Encoding } from '@micro-socket/protocol';
import type { HistoryEvent, RunEvent } from '@micro-socket/simulator';
import type { ProbeObserver } from '../probe.ts';
import { withAcknowledgedLog } from './acknowledged-log.ts';
import { Book, EVENTS_MAX, type GatewayStart } from './book.ts';
import { ProbeRecord } from './probe-record.ts';

/** The gateways are on this machine and have its clock; the rest is for the moments in which that one is set. */
const CLOCK_SKEW_MS = 1_000;

export interface RecordedHistory {
  /** Empty where no client was admitted to any gateway. */
  readonly events: readonly HistoryEvent[];
  /** It had more events than a history may have, so it has no end and is not judged. */
  readonly isCut: boolean;
}

export interface RecorderOptions {
  /** Names the run, such as `order/one-order-for-all json`. */
  readonly source: string;
  /** Now, in milliseconds since 1970. Default: the clock of this machine. */
  readonly at?: () => number;
  /** Most events. Default: 100,000. */
  readonly eventsMax?: number;
}

export class HistoryRecorder {
  readonly #source: string;
  readonly #at: () => number;
  readonly #beganAt: number;
  readonly #book: Book;
  #probes = 0;
  #faults = 0;
  #isUnseen = false;

  constructor({ source, at = Date.now, eventsMax = EVENTS_MAX }: RecorderOptions) {
    this.#source = source;
    this.#at = at;
    this.#beganAt = at();
    this.#book = new Book(this.#beganAt, eventsMax);
  }

  /** How the gateway at an address was started; once for each address, before its first client. */
  gateway(address: string, start: GatewayStart): void {
    if (!this.#book.gateways.has(address)) this.#book.introduce(address, start);
  }

  /** For the next probe, which is about to connect to this address. */
  probe(address: string, encoding: Encoding): ProbeObserver {
    this.#probes += 1;
    return new ProbeRecord({
      book: this.#book,
      client: `probe-${this.#probes}`,
      address,
      encoding,
      at: this.#at,
      onUnseen: () => this.unseen(),
      nextFault: () => this.#nextFault(),
    });
  }

  /** The test ends a gateway. */
  gatewayEnds(address: string): void {
    const nodes = [this.#book.gateway(address).name];
    this.#book.write({
      kind: 'fault',
      at: this.#at(),
      name: 'gateway-ended',
      nodes,
      state: 'happens',
      id: this.#nextFault(),
    });
  }

  /** Its process is gone, and its memory with it. */
  gatewayEnded(address: string): void {
    const { heads } = this.#book.gateway(address);
    for (const [topic, { epoch }] of heads) {
      this.#book.write({ kind: 'lost', at: this.#at(), topic, epoch, keptSeqNo: 0, epochChanged: true });
    }
    heads.clear();
  }

  /** Somebody publishes who is not seen, so nobody knows what all is stored. */
  unseen(): void {
    this.#isUnseen = true;
  }

  /** The test has waited for everything: all is answered, and whoever is subscribed has it all. */
  everythingCame(): void {
    this.#book.write({ kind: 'phase', at: this.#at(), phase: 'liveness' });
    this.#book.write({ kind: 'phase', at: this.#at(), phase: 'end' });
  }

  /** Ends the history. What happens afterwards is no part of the test. */
  finish(): RecordedHistory {
    const { events, granted, isCut } = this.#book;
    this.#book.close();
    if (!events.some(({ kind }) => kind === 'identified')) return { events: [], isCut: false };
    const withLog = isCut || this.#isUnseen ? undefined : withAcknowledgedLog(events);
    const run = this.#run(withLog !== undefined, isCut);
    const begin: HistoryEvent = { kind: 'phase', at: this.#beganAt, phase: 'safety' };
    return { events: [run, ...granted.values(), begin, ...(withLog ?? events)], isCut };
  }

  #run(seesLog: boolean, isCut: boolean): RunEvent {
    const gateways = [...this.#book.gateways.values()];
    const said = gateways.flatMap((gateway) => gateway.said ?? []);
    return {
      kind: 'run',
      at: this.#beganAt,
      source: isCut ? `${this.#source}, cut after ${this.#book.events.length} events` : this.#source,
      accessRecheckMs: Math.max(0, ...gateways.map((of) => of.accessRecheckMs)),
      // Of several gateways each keeps at least this much.
      dedupWindowMs: leastOf(said.map((of) => of.dedupWindowMs)),
      latencyObjectiveMs: Math.max(0, ...gateways.map((of) => of.latencyObjectiveMs)),
      retentionMessagesMax: leastOf(said.map((of) => of.retentionMessagesMax)),
      clockSkewMsMax: CLOCK_SKEW_MS,
      seesLog,
      seesWire: false,
    };
  }

  #nextFault(): number {
    this.#faults += 1;
    return this.#faults;
  }
}

function leastOf(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : Math.min(...numbers);
}
