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
  TopicSubscription,
} from '../contract.ts';
import { DedupWindow } from './dedup-window.ts';
import { TopicLog } from './topic-log.ts';

export interface MemoryBackboneOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits?: Limits;
}

export class MemoryBackbone implements Backbone {
  readonly durability = 'memory';
  readonly retentionMessagesMax: number;
  readonly dedupWindowMs: number;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #limits: Limits;
  readonly #topics = new Map<string, TopicLog>();
  readonly #dedup: DedupWindow;
  #historyBytes = 0;

  constructor({ clock, random, limits = DEFAULT_LIMITS }: MemoryBackboneOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#limits = limits;
    this.retentionMessagesMax = limits.historyLengthMax;
    this.dedupWindowMs = limits.dedupWindowMs;
    this.#dedup = new DedupWindow(limits.dedupWindowMs, limits.dedupEntriesMax);
  }

  // #region dedup
  async publish(request: PublishRequest): Promise<PublishResult> {
    const now = this.#clock.now();
    this.#dedup.expire(now);
    const earlier = this.#dedup.find(request);
    if (earlier !== undefined) return duplicateOf(request, earlier);
    if (this.#dedup.isFull()) throw overloaded('dedupEntriesMax');

    const log = this.#logOf(request.topic);
    this.#makeRoom(request.topic, log, request.sizeBytes);
    const bytesBefore = log.sizeBytes;
    const position = log.append(request, now);
    this.#historyBytes += log.sizeBytes - bytesBefore;
    this.#dedup.commit(request, position, now);
    return { status: 'ok', position };
  }
  // #endregion dedup

  async subscribe(topic: string, listener: EntryListener): Promise<TopicSubscription> {
    const log = this.#logOf(topic);
    // A function of its own for each subscription: the same listener may subscribe twice.
    const own: EntryListener = (entry) => listener(entry);
    log.listen(own);
    return { head: log.head, close: () => this.#unlisten(topic, log, own) };
  }

  async read(topic: string, range: ReadRange): Promise<readonly Entry[]> {
    return this.#topics.get(topic)?.read(range) ?? [];
  }

  async head(topic: string): Promise<Position> {
    // Asking is not a reason to remember a topic.
    return (this.#topics.get(topic) ?? this.#newLog()).head;
  }

  async anchor(topic: string, position: Position): Promise<boolean> {
    return this.#topics.get(topic)?.anchors(position) ?? false;
  }

  async close(): Promise<void> {
    this.#topics.clear();
  }

  /** A topic that never had a message is forgotten with its last listener, so asking for topics fills nothing. */
  #unlisten(topic: string, log: TopicLog, listener: EntryListener): void {
    log.unlisten(listener);
    if (log.isUnused && this.#topics.get(topic) === log) this.#topics.delete(topic);
  }

  #logOf(topic: string): TopicLog {
    const known = this.#topics.get(topic);
    if (known !== undefined) return known;
    if (this.#topics.size >= this.#limits.topicsMax && !this.#forgetIdle()) throw overloaded('topicsMax');
    const log = this.#newLog();
    this.#topics.set(topic, log);
    return log;
  }

  #newLog(): TopicLog {
    return new TopicLog(randomId(this.#random, 12), this.#limits.historyLengthMax);
  }

  /**
   * Forgets the oldest topic that nobody listens to, and says whether there was one. When it is used again it begins a
   * new epoch, so whoever knew it can tell.
   */
  #forgetIdle(except?: TopicLog): boolean {
    for (const [topic, log] of this.#topics) {
      if (log.hasListeners || log === except) continue;
      this.#topics.delete(topic);
      this.#historyBytes -= log.sizeBytes;
      return true;
    }
    return false;
  }

  /**
   * The topic that is written to gives up its own history first, so that a busy topic does not erase the others'. Only
   * when that cannot be enough, topics that nobody listens to are forgotten.
   */
  #makeRoom(topic: string, log: TopicLog, sizeBytes: number): void {
    const { historyBytesMax } = this.#limits;
    while (this.#historyBytes - log.sizeBytes + sizeBytes > historyBytesMax) {
      if (this.#forgetIdle(log)) continue;
      // A publish that is refused leaves nothing behind, not even its topic.
      if (log.isUnused) this.#topics.delete(topic);
      throw overloaded('historyBytesMax');
    }
    while (this.#historyBytes + sizeBytes > historyBytesMax) this.#historyBytes -= log.dropOldest();
  }
}

function duplicateOf(
  { messageId, topic }: PublishRequest,
  earlier: { position: Position; sameContent: boolean },
): PublishResult {
  if (!earlier.sameContent) {
    throw new ProtocolError(
      'MESSAGE_ID_CONFLICT',
      `The messageId ${messageId} was used before on ${topic} with another payload.`,
    );
  }
  return { status: 'duplicate', position: earlier.position };
}

function overloaded(bound: string): ProtocolError {
  return new ProtocolError('OVERLOADED', `The gateway's bound ${bound} is reached; try again later.`, {
    afterMs: 1_000,
  });
}
