/**
 * One open topic: everything that is stored in it from one head on, in order and without a hole.
 *
 * The server sends a copy of every stored message, with its number and that of the message before it in the topic, to
 * whoever listens. It sends it once: a copy can be lost with a connection, by a reader who is too slow, and when another
 * server takes over. So a copy is handed out only if it follows the last entry. If it does not, what is between is read
 * from the stream, and what comes meanwhile waits. After each reconnect, and now and then on a topic where nothing
 * happens, the head is asked for, since the last copy may be the one that was lost.
 *
 * A feed ends with a loss when what is between cannot be read any more, or when the stream turns out to have another past
 * than the one that was heard: fewer messages than there were, or others.
 *
 * Copies and answers come by different ways. A copy may come before or after its publish is answered, and after a reading
 * that has found the same message; then it is passed over.
 */

import type { Position } from '@micro-socket/protocol';
import type { Msg, MsgHdrs } from '@nats-io/transport-node';
import type { Entry, EntryListener, FeedEvents, TopicSubscription } from '../../contract.ts';
import { Listeners } from '../../parts/listeners.ts';
import type { Access } from './access.ts';
import type { StoredMessage } from './envelope.ts';
import { KeptState, type KeptStateOptions } from './kept-state.ts';
import type { Lanes } from './lanes.ts';
import type { NatsLink } from './link.ts';
import type { Later } from './state-copies.ts';
import type { Subjects } from './subjects.ts';
import { entryOf, type TopicLog } from './topic-log.ts';

export interface TopicFeedOptions {
  readonly topic: string;
  readonly epoch: string;
  readonly link: NatsLink;
  readonly access: Access;
  readonly log: TopicLog;
  readonly subjects: Subjects;
  readonly state: KeptStateOptions;
  /** Shared by all topics: after a reconnect all of them have something to ask. */
  readonly lanes: Lanes;
  readonly now: () => number;
  readonly onListenerError: (error: unknown) => void;
  /** Hears that the stream has another past than the one that was heard. */
  readonly onHistoryLost: () => void;
  /** Hears, once, that the feed has ended by itself. */
  readonly onOver: (feed: TopicFeed) => void;
}

/** A copy, with the number of the message before it. */
interface Heard extends StoredMessage {
  readonly prevSeqNo: number;
}

interface Waiter {
  readonly seqNo: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** So many copies wait while what is before them is read; when there are more, they are forgotten and read as well. */
const WAITING_MAX = 1_024;
/** So many entries may come while the state is read; when there are more, it is read again. */
const MEANWHILE_MAX = 8_192;
/** So many entries are read at once. */
const PART_LENGTH = 256;
/** How long one question of a feed is asked before it pauses. It asks for ever. */
const ASK_PATIENCE_MS = 10_000;
/** How often the stream is asked before a lower head than the known one is believed. */
const DOUBTS_MAX = 8;

export class TopicFeed {
  readonly topic: string;
  /** When somebody needed it last, in milliseconds since 1970. Belongs to the table of feeds. */
  usedAt: number;
  /** How many need it beside its listeners. Belongs to the table of feeds. */
  pins = 0;
  readonly #options: TopicFeedOptions;
  readonly #listeners: Listeners;
  readonly #lossListeners = new Set<() => void>();
  readonly #waiters = new Set<Waiter>();
  #unsubscribe: (() => void) | undefined;
  #last: Position;
  #storedSeqNo = 0;
  /** Copies that wait, in the order in which they came. */
  #waiting: Heard[] = [];
  /** The seqNo of a message that is known to exist. */
  #wanted = 0;
  #mustAsk = false;
  #heardAt: number;
  #isOpen = false;
  #isOver = false;
  #isSuspended = false;
  #isWorking = false;
  #isClearing = false;
  /** Up to here entries were read, so their copies may come yet. */
  #readUpTo = 0;
  #kept: KeptState | undefined;
  #keeping: Promise<KeptState> | undefined;
  /** Entries that came while the state is being read. */
  #meanwhile: Entry[] | undefined;

  constructor(options: TopicFeedOptions) {
    this.#options = options;
    this.topic = options.topic;
    this.#listeners = new Listeners(options.onListenerError);
    this.#last = { epoch: options.epoch, seqNo: 0 };
    this.usedAt = options.now();
    this.#heardAt = this.usedAt;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  /** When something was heard last, in milliseconds since 1970. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** The newest message that this gateway was told to be stored. */
  get storedSeqNo(): number {
    return this.#storedSeqNo;
  }

  get keepsState(): boolean {
    return this.#kept !== undefined || this.#keeping !== undefined;
  }

  /** Begins at the head. Rejects with UNAVAILABLE. */
  async open(untilAt: number): Promise<void> {
    const { link, access, log, subjects } = this.#options;
    const onMessage = (message: Msg) => this.#hear(message);
    this.#unsubscribe = link.subscribe(subjects.copyOf(this.topic), onMessage, () => this.lose());
    const head = await access.insist(untilAt, async () => {
      // Everything that is stored after this is copied to us, so a head that is read now leaves no gap.
      await link.flush();
      return log.head(this.topic);
    });
    if (this.#isOver) throw access.unavailable();
    this.#last = head;
    this.#isOpen = true;
    this.#work();
  }

  /** Joins a listener after the last entry. */
  join(listener: EntryListener, { onLost }: FeedEvents): TopicSubscription {
    const head = this.#last;
    let isJoined = true;
    const leave = this.#listeners.join(listener, head.seqNo);
    // The same function may be given twice.
    const lose = () => onLost?.();
    this.#lossListeners.add(lose);
    const close = () => {
      if (!isJoined) return;
      isJoined = false;
      leave();
      this.#lossListeners.delete(lose);
      this.usedAt = this.#options.now();
    };
    return { head, close };
  }

  /** Resolves when the entry with this seqNo, which is known to exist, has been handed out. Rejects with UNAVAILABLE. */
  reach(seqNo: number): Promise<void> {
    if (this.#isOver) return Promise.reject(this.#options.access.unavailable());
    if (this.#last.seqNo >= seqNo) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.add({ seqNo, resolve, reject });
      this.#wanted = Math.max(this.#wanted, seqNo);
      this.#work();
    });
  }

  /** The state of the topic, which is kept from now on. Rejects with UNAVAILABLE. */
  async state(untilAt: number): Promise<KeptState> {
    if (this.#kept !== undefined) return this.#kept;
    this.#keeping ??= this.#keep(untilAt).finally(() => {
      this.#keeping = undefined;
    });
    return this.#keeping;
  }

  noteStored(seqNo: number): void {
    this.#storedSeqNo = Math.max(this.#storedSeqNo, seqNo);
  }

  /** Resolves when one message more leaves nothing of the state behind; `undefined`: it would not. */
  secureOld(): Promise<void> | undefined {
    return this.#kept?.secureOld();
  }

  /** Gives up the state; who needs it has it read again. */
  forgetState(): void {
    this.#kept?.discard();
    this.#kept = undefined;
  }

  /** Clears away some of what the state has left behind, and if it is to be thorough looks for more of that. */
  clear(isThorough: boolean): void {
    const kept = this.#kept;
    if (kept === undefined || this.#isClearing) return;
    this.#isClearing = true;
    const clear = async () => {
      await kept.clearRemoved();
      if (isThorough) await kept.clearExpired();
    };
    // What is left stays for the next time.
    clear()
      .catch(() => {})
      .finally(() => {
        this.#isClearing = false;
      });
  }

  /** The connection is gone, and with it perhaps some copies. */
  suspend(): void {
    this.#isSuspended = true;
  }

  /** Asks for the head: it may have moved on unheard. */
  check(): void {
    this.#isSuspended = false;
    this.#mustAsk = true;
    this.#work();
  }

  /** Ends it and tells everyone. */
  lose(): void {
    if (!this.#end()) return;
    this.#options.onOver(this);
    const lossListeners = [...this.#lossListeners];
    this.#lossListeners.clear();
    for (const onLost of lossListeners) {
      try {
        onLost();
      } catch (error) {
        this.#options.onListenerError(error);
      }
    }
  }

  /** Ends it quietly. */
  close(): void {
    this.#end();
    this.#lossListeners.clear();
  }

  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#unsubscribe?.();
    this.#waiting = [];
    this.forgetState();
    const error = this.#options.access.unavailable();
    for (const { reject } of this.#waiters) reject(error);
    this.#waiters.clear();
    return true;
  }

  #hear(message: Msg): void {
    if (this.#isOver) return;
    const heard = heardOf(message);
    if (heard === undefined) return;
    this.#heardAt = this.#options.now();
    if (this.#isOpen && !this.#isWorking && !this.#isSuspended) {
      if (this.#follows(heard)) {
        this.#deliver(entryOf(heard, this.#options.epoch, heard.prevSeqNo));
        return;
      }
      if (heard.seqNo <= this.#last.seqNo) {
        // If it was neither heard nor read at its time, what we know may be the past of another stream.
        if (heard.seqNo > this.#readUpTo) this.check();
        return;
      }
    }
    // What waits is in the stream as well: the newest one says up to where it has to be read.
    if (this.#waiting.length >= WAITING_MAX) this.#waiting = [];
    this.#waiting.push(heard);
    this.#work();
  }

  #follows({ seqNo, prevSeqNo }: Heard): boolean {
    return prevSeqNo === this.#last.seqNo && seqNo > prevSeqNo;
  }

  #deliver(entry: Entry): void {
    const { epoch, seqNo, messageId } = entry;
    this.#last = { epoch, seqNo, messageId };
    if (this.#kept !== undefined) this.#kept.apply(entry);
    else if (this.#meanwhile !== undefined && this.#meanwhile.length < MEANWHILE_MAX) this.#meanwhile.push(entry);
    this.#listeners.deliver(entry);
    for (const waiter of this.#waiters) {
      if (waiter.seqNo > seqNo) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  /** Does what is to be done until nothing is. Nobody else hands out entries meanwhile. */
  #work(): void {
    if (this.#isWorking || !this.#isOpen || this.#isOver || this.#isSuspended) return;
    this.#isWorking = true;
    void this.#workOff().finally(() => {
      this.#isWorking = false;
      if (this.#hasWork()) this.#work();
    });
  }

  #hasWork(): boolean {
    return this.#mustAsk || this.#waiting.length > 0 || this.#wanted > this.#last.seqNo;
  }

  async #workOff(): Promise<void> {
    for (let failures = 0; !this.#isOver && !this.#isSuspended && this.#hasWork(); ) {
      try {
        await this.#step();
        failures = 0;
      } catch {
        // It is not known what has come meanwhile.
        this.#mustAsk = true;
        await this.#options.access.pause(++failures);
        if (this.#options.access.isClosed) return;
      }
    }
  }

  async #step(): Promise<void> {
    if (this.#mustAsk) {
      this.#mustAsk = false;
      await this.#ask();
      return;
    }
    const [next] = this.#waiting;
    if (next !== undefined && (this.#follows(next) || next.seqNo <= this.#last.seqNo)) {
      this.#waiting.shift();
      if (this.#follows(next)) this.#deliver(entryOf(next, this.#options.epoch, next.prevSeqNo));
      return;
    }
    // It does not follow the last entry, although it comes after it: ours is not in the stream any more.
    if (next !== undefined && next.prevSeqNo < this.#last.seqNo) this.#loseHistory();
    else await this.#readUp(Math.max(this.#wanted, next?.prevSeqNo ?? 0));
  }

  /** Asks for the head. */
  async #ask(): Promise<void> {
    const { access, log, now } = this.#options;
    for (let doubts = 0; !this.#isOver; doubts++) {
      const ask = () => access.insist(now() + ASK_PATIENCE_MS, () => log.head(this.topic));
      const head = await this.#options.lanes.through(ask);
      const last = this.#last;
      if (head.seqNo > last.seqNo) this.#wanted = Math.max(this.#wanted, head.seqNo);
      if (head.seqNo > last.seqNo) return;
      if (head.seqNo === last.seqNo && head.messageId === last.messageId) return;
      // A server that has just become the leader may not know everything yet.
      if (doubts < DOUBTS_MAX) await access.pause(doubts);
      else this.#loseHistory();
    }
  }

  async #readUp(upToSeqNo: number): Promise<void> {
    const { access, log, now } = this.#options;
    const { seqNo: afterSeqNo } = this.#last;
    const range = { afterSeqNo, limit: PART_LENGTH };
    const read = () => access.insist(now() + ASK_PATIENCE_MS, () => log.part(this.topic, range, upToSeqNo));
    const part = await this.#options.lanes.through(read);
    if (this.#isOver) return;
    if (!part.isWhole) {
      this.lose();
      return;
    }
    for (const entry of part.entries) {
      // A listener may have ended it.
      if (this.#isOver) return;
      this.#readUpTo = entry.seqNo;
      this.#deliver(entry);
    }
  }

  #loseHistory(): void {
    if (this.#isOver) return;
    this.#options.onHistoryLost();
    this.lose();
  }

  async #keep(untilAt: number): Promise<KeptState> {
    const { access, log, state } = this.#options;
    for (;;) {
      const begun = this.#last.seqNo;
      const meanwhile: Entry[] = [];
      this.#meanwhile = meanwhile;
      const later: Later = async (_, afterSeqNo) => {
        // Not read but heard, so nothing can leave the history before it is known.
        const { seqNo } = await log.head(this.topic);
        await this.reach(seqNo);
        return { head: this.#last, entries: meanwhile.filter((entry) => entry.seqNo > afterSeqNo) };
      };
      const loading = access.insist(untilAt, () => state.copies.load(this.topic, later));
      const loaded = await loading.finally(() => {
        this.#meanwhile = undefined;
      });
      if (this.#isOver) throw access.unavailable();
      // Between the head that was read and the first entry that came meanwhile there must be nothing.
      if (loaded.head.seqNo < begun || meanwhile.length >= MEANWHILE_MAX) {
        await access.pause(0, untilAt);
        continue;
      }
      const kept = new KeptState(state, loaded);
      for (const entry of meanwhile) kept.apply(entry);
      this.#kept = kept;
      return kept;
    }
  }
}

/** `undefined`: it is no copy of a stored message. Who may send to these subjects is a matter of the server's permissions. */
function heardOf({ headers, data }: Msg): Heard | undefined {
  const seqNo = numberIn(headers, 'Nats-Sequence');
  const prevSeqNo = numberIn(headers, 'Nats-Last-Sequence');
  return seqNo === undefined || prevSeqNo === undefined ? undefined : { seqNo, prevSeqNo, headers, data };
}

function numberIn(headers: MsgHdrs | undefined, name: string): number | undefined {
  const number = Number(headers?.get(name) || 'absent');
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
