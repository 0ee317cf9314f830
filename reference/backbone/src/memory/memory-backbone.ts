/**
 * The backbone of a single process: everything in memory, acknowledged as `memory`, gone when the process ends.
 *
 * It does no I/O. Each call does its work before it returns its promise, so calls take effect in the order in which
 * they are made; that is what keeps a publisher's own order (I3).
 */

import { DEFAULT_LIMITS, type Limits, type Position, ProtocolError } from '@micro-socket/protocol';
import { type Clock, type Random, randomId } from '@micro-socket/transport';
import type {
  Backbone,
  Entry,
  EntryListener,
  PublishRequest,
  PublishResult,
  ReadRange,
  TopicSnapshot,
  TopicSubscription,
  TopicTail,
} from '../contract.ts';
import { DedupWindow } from '../parts/dedup-window.ts';
import { TopicTable } from './topic-table.ts';

export interface MemoryBackboneOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits?: Limits | undefined;
  /** Hears of what a listener threw, which touches nobody else. Must not throw. */
  readonly onListenerError?: ((error: unknown) => void) | undefined;
}

export class MemoryBackbone implements Backbone {
  readonly durability = 'memory';
  readonly problem = undefined;
  readonly retentionMessagesMax: number;
  readonly dedupWindowMs: number;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #limits: Limits;
  readonly #onListenerError: (error: unknown) => void;
  #topics: TopicTable;
  #dedup: DedupWindow;

  constructor({ clock, random, limits = DEFAULT_LIMITS, onListenerError = () => {} }: MemoryBackboneOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#limits = limits;
    this.#onListenerError = onListenerError;
    this.retentionMessagesMax = limits.historyLengthMax;
    this.dedupWindowMs = limits.dedupWindowMs;
    this.#topics = this.#noTopics();
    this.#dedup = new DedupWindow(limits);
  }

  // #region dedup
  async publish(request: PublishRequest): Promise<PublishResult> {
    const now = this.#clock.now();
    const earlier = this.#dedup.find(request, now);
    if (earlier !== undefined) return duplicateOf(request, earlier);
    // What can be refused is refused here, before anything has changed.
    this.#requireSeqNo(request);
    this.#dedup.requireRoom(request.publisher, now);
    this.#topics.requireRoom(request, now);

    const { log, entry } = this.#topics.append(request, now);
    const position = log.head;
    this.#dedup.commit(request, position, now);
    log.deliver(entry);
    return { status: 'ok', position };
  }
  // #endregion dedup

  async subscribe(topic: string, listener: EntryListener): Promise<TopicSubscription> {
    return this.#topics.listen(topic, listener);
  }

  async read(topic: string, range: ReadRange): Promise<readonly Entry[]> {
    return this.#topics.get(topic)?.read(range) ?? [];
  }

  async snapshot(topic: string): Promise<TopicSnapshot> {
    return this.#topics.get(topic)?.snapshot(this.#clock.now()) ?? { head: this.#unusedHead(), entries: [] };
  }

  async tail(topic: string, count: number): Promise<TopicTail> {
    const log = this.#topics.get(topic);
    if (log !== undefined) return log.tail(count);
    const head = this.#unusedHead();
    return { before: head, entries: [], head };
  }

  async head(topic: string): Promise<Position> {
    return this.#topics.get(topic)?.head ?? this.#unusedHead();
  }

  async anchor(topic: string, position: Position): Promise<boolean> {
    return this.#topics.get(topic)?.anchors(position) ?? false;
  }

  async close(): Promise<void> {
    this.#topics = this.#noTopics();
    this.#dedup = new DedupWindow(this.#limits);
  }

  #requireSeqNo({ topic, expectSeqNo }: PublishRequest): void {
    if (expectSeqNo === undefined) return;
    const seqNo = this.#topics.get(topic)?.head.seqNo ?? 0;
    if (seqNo === expectSeqNo) return;
    throw new ProtocolError('SEQ_CONFLICT', `The head of ${topic} is at seqNo ${seqNo}, not at ${expectSeqNo}.`);
  }

  #noTopics(): TopicTable {
    const newEpoch = () => this.#newEpoch();
    return new TopicTable({ limits: this.#limits, newEpoch, onListenerError: this.#onListenerError });
  }

  #newEpoch(): string {
    return randomId(this.#random, 12);
  }

  /** Where a topic stands that nobody uses: asking is not a reason to remember it. */
  #unusedHead(): Position {
    return { epoch: this.#newEpoch(), seqNo: 0 };
  }
}

function duplicateOf(
  { messageId, topic }: PublishRequest,
  earlier: { position: Position; sameContent: boolean },
): PublishResult {
  if (!earlier.sameContent) {
    const message = `The messageId ${messageId} was used before on ${topic} with another payload, key, ref, ttlMs or signature.`;
    throw new ProtocolError('MESSAGE_ID_CONFLICT', message);
  }
  return { status: 'duplicate', position: earlier.position };
}
