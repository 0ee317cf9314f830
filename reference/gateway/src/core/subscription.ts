/**
 * One subscription of one connection, from `subscribed` to its end.
 *
 * Theory of operation. A subscription is given its messages from three places, one after the other: the state of the
 * topic (a snapshot), the backbone's history, and the sub-socket's ring; then it is live. `serve` goes on from where it
 * stands as far as the outlet has room, and is called again when the outlet has drained, when something came that the
 * live set does not give it, or when the subscriber has confirmed. Reading the history is the only step that waits;
 * while it does, `serve` does nothing, and whatever is published meanwhile is in the ring.
 *
 * A slow subscriber goes the same way back: out of the live set, into the ring, and if the ring has moved on, to the
 * history (`stream`) or to a new snapshot (`keyed`). Only when the history has moved on too, something is lost, and then
 * it is told with `lagged` (I4).
 */

import type { Entry } from '@micro-socket/backbone';
import type { LiveFrame, SubscribedFrame } from '@micro-socket/protocol';
import { type Start, stateOf } from './beginning.ts';
import type { Member, MemberOwner } from './cohort.ts';
import { ConfirmWindow } from './confirm-window.ts';
import { type HistoryRequest, sendHistory } from './history.ts';
import type { Outlet } from './outlet.ts';
import type { Replay } from './replay.ts';
import { SnapshotFeed } from './snapshot-feed.ts';
import { checksumWith, type SubSocket } from './sub-socket.ts';
import type { Overrun, SubscriptionHost } from './subscription-host.ts';
import type { SubscriptionPlan } from './subscription-plan.ts';

/** The `live` frame that is still to come, and the sum for it. */
interface OwedLive {
  checksum: number;
}

export class Subscription implements MemberOwner {
  readonly plan: SubscriptionPlan;
  readonly subSocket: SubSocket;
  readonly #host: SubscriptionHost<Subscription>;
  readonly #member: Member;
  readonly #window: ConfirmWindow | undefined;
  readonly #replays: Replay[] = [];
  #snapshot: SnapshotFeed | undefined;
  #owedLive: OwedLive | undefined;
  /** True until it was live once; until then the history is read even where a snapshot would do later. */
  #isBeginning = true;
  #isReading = false;
  #isReplaying = false;
  #isEnded = false;

  constructor(
    host: SubscriptionHost<Subscription>,
    plan: SubscriptionPlan,
    subSocket: SubSocket,
    { position, snapshot }: Start,
  ) {
    this.#host = host;
    this.plan = plan;
    this.subSocket = subSocket;
    this.#member = subSocket.join(this, plan, position.seqNo);
    const { confirmWindow } = plan;
    this.#window = confirmWindow === undefined ? undefined : new ConfirmWindow(confirmWindow, position.seqNo);
    if (snapshot !== undefined) this.#snapshot = this.#feedOf(snapshot, position.seqNo);
  }

  get topic(): string {
    return this.plan.topic;
  }

  get outlet(): Outlet {
    return this.#host.outlet;
  }

  /** How many `replay` requests wait or are under way. */
  get replayCount(): number {
    return this.#replays.length;
  }

  /** The answer to the request, made when it is sent. */
  subscribed(id: number | undefined, { position, recovered, ahead = [] }: Start): SubscribedFrame {
    const { topic, alias, head } = this.subSocket;
    const { epoch, seqNo, messageId } = position;
    const headSeqNo = Math.max(seqNo, head.seqNo);
    if (headSeqNo > seqNo) this.#owedLive = { checksum: 0 };
    const { tierHz, checksum } = this.plan;
    return {
      type: 'subscribed',
      ...(id === undefined ? {} : { id }),
      topic,
      alias,
      epoch,
      seqNo,
      ...(messageId === undefined ? {} : { messageId }),
      recovered,
      headSeqNo,
      ...(tierHz === undefined ? {} : { maxRateHz: tierHz }),
      ...(checksum ? { checksum: this.subSocket.checksumAt(position.seqNo, ahead) } : {}),
    };
  }

  onParked(): void {
    this.#host.park(this);
  }

  onNews(): void {
    this.serve();
  }

  onOver(reason: 'epoch' | 'failed'): void {
    this.#host.end(this, reason);
  }

  onClosed(): void {
    this.serve();
  }

  // #region serve
  /** Gives the subscriber what is there for it, as far as its outlet has room. */
  serve(): void {
    if (this.#isEnded || this.#isReading) return;
    if (this.#snapshot?.send(this.outlet, this.subSocket.kindOf(this), this.subSocket) === false) {
      this.onParked();
      return;
    }
    this.#snapshot = undefined;
    const hasEverything = this.subSocket.isLive(this.#member) || this.#serveMember();
    this.#serveReplays();
    if (hasEverything && this.subSocket.closedBecause !== undefined) this.#host.end(this, 'closed');
  }
  // #endregion serve

  /** Whether it has everything now. */
  #serveMember(): boolean {
    const room = this.#window?.room;
    switch (this.subSocket.serve(this.#member, room, (entry) => this.#sent(entry))) {
      case 'live':
        this.#becomeLive();
        return true;
      case 'full':
        this.onParked();
        return false;
      case 'no-room':
        return false;
      case 'needs-history':
        this.#read();
        return false;
    }
  }

  /** Throws INVALID_FIELD for a seqNo that was not sent. Without a window nothing happens. */
  confirm(seqNo: number): void {
    if (this.#window === undefined) return;
    this.#window.confirm(seqNo);
    this.serve();
  }

  changeRate(tierHz: number | undefined): void {
    this.subSocket.changeRate(this.#member, tierHz);
  }

  replay(replay: Replay): void {
    this.#replays.push(replay);
    if (this.#replays.length === 1) this.#serveReplays();
  }

  /** Takes it out of its sub-socket; nothing more is sent. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.subSocket.leave(this.#member);
  }

  #becomeLive(): void {
    this.#isBeginning = false;
    this.#member.misses = this.plan.mode === 'volatile';
    if (this.#owedLive === undefined) return;
    const { checksum } = this.#owedLive;
    this.#owedLive = undefined;
    const live: LiveFrame = { type: 'live', topic: this.topic, seqNo: this.#member.lastSeqNo };
    this.#host.send(this.plan.checksum ? { ...live, checksum } : live);
  }

  #sent(entry: Entry): void {
    this.#member.lastSeqNo = entry.seqNo;
    this.#window?.sent(entry.seqNo);
    if (this.#owedLive !== undefined && this.plan.checksum) {
      this.#owedLive.checksum = checksumWith(this.#owedLive.checksum, entry);
    }
  }

  /** What it needs is not in the ring: reads on from the backbone, and serves itself again. */
  #read(): void {
    const work = this.#isBeginning || this.plan.mode === 'stream' ? this.#readHistory() : this.#readSnapshot();
    this.#isReading = true;
    work.then(
      (goesOn) => {
        this.#isReading = false;
        if (goesOn) this.serve();
      },
      (error) => {
        this.#isReading = false;
        if (!this.#isEnded) this.#host.fail(this, error);
      },
    );
  }

  async #readHistory(): Promise<boolean> {
    const room = this.#window?.room ?? Number.POSITIVE_INFINITY;
    const request = { ...this.#historyRequest(), onSent: (entry: Entry) => this.#replayed(entry) };
    const outcome = await sendHistory(request, this.#member.lastSeqNo, Number.MAX_SAFE_INTEGER, room);
    if (outcome === 'full') this.onParked();
    if (outcome === 'gone') return this.#isDoneWithHistory();
    return outcome === 'sent';
  }

  /** What it needs is not in the history either: a `stream` is told, the other modes go on as they do when slow. */
  #isDoneWithHistory(): boolean {
    if (this.plan.mode === 'stream') {
      this.#host.lagged(this, this.overrun);
      return false;
    }
    this.#isBeginning = false;
    this.#member.misses = this.plan.mode === 'volatile';
    return true;
  }

  async #readSnapshot(): Promise<boolean> {
    const { backbone, clock } = this.#host;
    const { head, entries } = await stateOf(backbone, this.plan, clock.now());
    if (!this.#mayGoOn()) return false;
    // The backbone has begun another history, and this gateway hears of it here first.
    if (head.epoch !== this.subSocket.head.epoch) {
      if (this.subSocket.closedBecause === undefined) this.subSocket.endEpoch();
      else this.#host.lagged(this, this.overrun);
      return false;
    }
    this.#snapshot = this.#feedOf(entries, head.seqNo);
    this.#member.lastSeqNo = head.seqNo;
    return true;
  }

  #replayed(entry: Entry): void {
    this.#host.counters.replayedMessages += 1;
    this.#sent(entry);
  }

  #feedOf(entries: readonly Entry[], seqNo: number): SnapshotFeed {
    this.#host.counters.snapshots += 1;
    return new SnapshotFeed(entries, seqNo, this.#host.limits.batchBytesMax);
  }

  #historyRequest(): Omit<HistoryRequest, 'onSent'> {
    const { backbone } = this.#host;
    const kind = this.subSocket.kindOf(this);
    const { epoch } = this.subSocket.head;
    const mayGoOn = () => this.#mayGoOn();
    return { backbone, outlet: this.outlet, kind, name: this.subSocket, epoch, mayGoOn };
  }

  /** Asked again for each piece of history, so that a grant that is withdrawn ends a replay too (I1). */
  #mayGoOn(): boolean {
    if (this.#isEnded) return false;
    if (this.#host.mayRead(this.topic)) return true;
    this.#host.end(this, 'denied');
    return false;
  }

  /** What it has not been given. */
  get overrun(): Overrun {
    return { fromSeqNo: this.#member.lastSeqNo, toSeqNo: this.subSocket.head.seqNo };
  }

  /** One replay at a time; the others wait for it. */
  #serveReplays(): void {
    const [replay] = this.#replays;
    if (replay === undefined || this.#isReplaying) return;
    this.#isReplaying = true;
    replay.go(this.#historyRequest()).then(
      (outcome) => {
        this.#isReplaying = false;
        if (outcome === 'full') {
          this.onParked();
          return;
        }
        this.#replays.shift();
        this.#host.send(outcome);
        this.#serveReplays();
      },
      (error) => {
        this.#isReplaying = false;
        this.#replays.shift();
        this.#host.refuse(error, replay.id, this.topic);
        this.#serveReplays();
      },
    );
  }
}
