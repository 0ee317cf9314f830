/**
 * The subscriptions of one connection: their way in, their way out, and those that fell behind.
 *
 * Requests take effect in the order in which they came, although a subscription is opening for as long as its
 * sub-socket and its beginning wait for the backbone: one that is unsubscribed in that time is taken out of the table
 * at once, so that the same topic can be subscribed to anew, and is answered with `subscribed` and `unsubscribed` when
 * it is open.
 */

import { ProtocolError, type ReplayFrame, type UnsubscribedFrame } from '@micro-socket/protocol';
import { type Start, startOf, withAhead } from './beginning.ts';
import { Replay } from './replay.ts';
import type { SubSocket } from './sub-socket.ts';
import { Subscription } from './subscription.ts';
import type { Overrun, SessionPorts, SubscriptionHost } from './subscription-host.ts';
import { checkedTier, type SubscriptionPlan } from './subscription-plan.ts';

/** A subscription in the table: opening at first, then open. */
interface Slot {
  readonly plan: SubscriptionPlan;
  /** Absent while it is opening. */
  subscription: Subscription | undefined;
  /** The unsubscribe that came while it was opening. */
  unsubscribeId: number | undefined;
  /** The client lost its grant while it was opening. */
  isDenied: boolean;
  /** Settles when an earlier subscription to the topic, which was left while it was opening, has been answered. */
  readonly predecessor: Promise<void> | undefined;
}

/** How often a subscription is begun anew because its topic has begun another history meanwhile. */
const BEGIN_ATTEMPTS_MAX = 5;

export class Subscriptions {
  readonly #host: SubscriptionHost<Subscription>;
  readonly #byTopic = new Map<string, Slot>();
  readonly #parked = new Set<Subscription>();
  /** By topic, what a new subscription to it has to wait for: its frames must not stand between those of the old one. */
  readonly #predecessors = new Map<string, Promise<void>>();
  /** How many were unsubscribed while they were opening, and still are. */
  #leaving = 0;
  #closed = false;

  constructor(ports: SessionPorts) {
    this.#host = {
      ...ports,
      park: (subscription) => this.#parked.add(subscription),
      end: (subscription, reason) => this.#end(subscription, farewellOf(subscription, reason)),
      lagged: (subscription, overrun) => this.#tellLagged(subscription, overrun),
      fail: (subscription, error) => this.#fail(subscription, error),
    };
  }

  get size(): number {
    return this.#byTopic.size;
  }

  /**
   * Subscribes and answers `subscribed`. Rejects with ALREADY_SUBSCRIBED, TOPIC_LIMIT, POSITION_GONE, NO_SUCH_TOPIC or
   * OVERLOADED.
   */
  async add(plan: SubscriptionPlan, id: number | undefined, after?: Promise<unknown>): Promise<void> {
    const { topic } = plan;
    this.#requireRoomFor(topic);
    const predecessor = this.#predecessors.get(topic);
    const slot: Slot = { plan, subscription: undefined, unsubscribeId: undefined, isDenied: false, predecessor };
    this.#byTopic.set(topic, slot);
    const work = this.#open(slot, id, after);
    const answered = work.catch(() => {});
    this.#predecessors.set(topic, answered);
    try {
      await work;
    } finally {
      if (this.#predecessors.get(topic) === answered) this.#predecessors.delete(topic);
    }
  }

  /** Ends a subscription and answers `unsubscribed`. Throws NOT_SUBSCRIBED. */
  remove(topic: string, id: number): void {
    const slot = this.#byTopic.get(topic);
    if (slot === undefined) throw notSubscribed(topic);
    if (slot.subscription !== undefined) {
      this.#end(slot.subscription, { type: 'unsubscribed', id, topic, reason: 'asked' });
      return;
    }
    this.#byTopic.delete(topic);
    this.#leaving += 1;
    slot.unsubscribeId = id;
  }

  /** §4.5. Throws NOT_SUBSCRIBED or INVALID_FIELD. */
  confirm(topic: string, seqNo: number): void {
    this.#openOne(topic).confirm(seqNo);
  }

  /** §4.10. Throws NOT_SUBSCRIBED or INVALID_FIELD; returns the tier. */
  modify(topic: string, maxRateHz: number | undefined): number | undefined {
    const subscription = this.#openOne(topic);
    const tierHz = checkedTier(topic, subscription.plan.mode, maxRateHz);
    if (subscription.plan.mode !== 'stream' && subscription.plan.mode !== 'volatile') subscription.changeRate(tierHz);
    this.catchUp();
    return tierHz;
  }

  /** §4.6. Throws NOT_SUBSCRIBED or TOO_MANY_REPLAYS. */
  replay(frame: ReplayFrame): void {
    const subscription = this.#openOne(frame.topic);
    const { replaysPerConnectionMax } = this.#host.limits;
    let underWay = 0;
    for (const slot of this.#byTopic.values()) underWay += slot.subscription?.replayCount ?? 0;
    if (underWay >= replaysPerConnectionMax) {
      const message = `This connection has ${underWay} replays under way (replaysPerConnectionMax).`;
      throw new ProtocolError('TOO_MANY_REPLAYS', message, { topic: frame.topic });
    }
    this.#host.counters.replays += 1;
    subscription.replay(new Replay(frame, subscription.subSocket.head.seqNo, subscription.plan.checksum));
  }

  /** Serves those that fell behind, in turn, until the outlet is full again. */
  catchUp(): void {
    for (const subscription of [...this.#parked]) {
      if (this.#host.outlet.full) return;
      // Taken out first: one that is still behind afterwards stands behind the others.
      this.#parked.delete(subscription);
      subscription.serve();
    }
  }

  /** Ends those that the client may no longer read, and says how many they were (I1). */
  endDenied(): number {
    let count = 0;
    for (const [topic, slot] of [...this.#byTopic]) {
      if (this.#host.mayRead(topic)) continue;
      count += 1;
      if (slot.subscription === undefined) slot.isDenied = true;
      else this.#host.end(slot.subscription, 'denied');
    }
    return count;
  }

  closeAll(): void {
    this.#closed = true;
    for (const { subscription } of this.#byTopic.values()) if (subscription !== undefined) this.#leave(subscription);
    this.#byTopic.clear();
    this.#parked.clear();
  }

  #openOne(topic: string): Subscription {
    const subscription = this.#byTopic.get(topic)?.subscription;
    if (subscription === undefined) throw notSubscribed(topic);
    return subscription;
  }

  #requireRoomFor(topic: string): void {
    if (this.#byTopic.has(topic)) {
      throw new ProtocolError('ALREADY_SUBSCRIBED', `This connection is subscribed to ${topic} already.`, { topic });
    }
    const { topicsPerConnectionMax } = this.#host.limits;
    if (this.#byTopic.size + this.#leaving < topicsPerConnectionMax) return;
    const message = `This connection has ${topicsPerConnectionMax} subscriptions (topicsPerConnectionMax).`;
    throw new ProtocolError('TOPIC_LIMIT', message, { topic });
  }

  async #open(slot: Slot, id: number | undefined, after: Promise<unknown> | undefined): Promise<void> {
    try {
      if (after !== undefined) await after;
      await this.#begin(slot, id);
    } catch (error) {
      const { topic } = slot.plan;
      if (this.#byTopic.get(topic) === slot) this.#byTopic.delete(topic);
      this.#refuseUnsubscribe(slot);
      throw error;
    }
  }

  async #begin(slot: Slot, id: number | undefined): Promise<void> {
    for (let attempt = 1; attempt <= BEGIN_ATTEMPTS_MAX; attempt++) if (await this.#hasBegun(slot, id)) return;
    throw new Error(`${slot.plan.topic} begins another history again and again.`);
  }

  /** Resolves with false when the topic has begun another history meanwhile: then it is to be begun again. */
  async #hasBegun(slot: Slot, id: number | undefined): Promise<boolean> {
    const { subSockets, backbone, clock } = this.#host;
    const { subSocket, ordinal } = await subSockets.acquire(slot.plan.topic);
    try {
      const { plan } = slot;
      const head = subSocket.positionAt(ordinal);
      const found = await startOf({ backbone, plan, head, nowMs: clock.now() });
      const start = await withAhead(found, { backbone, plan, head: subSocket.head });
      await slot.predecessor;
      if (slot.isDenied) throw deniedWhileOpening(plan.topic);
      // The backbone has answered for a history that this gateway has heard nothing of yet.
      if (start.position.epoch !== subSocket.head.epoch) subSocket.endEpoch();
      if (this.#closed || subSocket.isOver) {
        subSockets.release(subSocket);
        return this.#closed;
      }
      this.#join(slot, subSocket, start, id);
      return true;
    } catch (error) {
      subSockets.release(subSocket);
      throw error;
    }
  }

  /** Messages go out when it is served, so none can overtake `subscribed`. */
  #join(slot: Slot, subSocket: SubSocket, start: Start, id: number | undefined): void {
    const { counters, send } = this.#host;
    const subscription = new Subscription(this.#host, slot.plan, subSocket, start);
    slot.subscription = subscription;
    if (start.recovered === 'full') counters.recoveredFull += 1;
    if (start.recovered === 'gap') counters.recoveredGap += 1;
    send(subscription.subscribed(id, start));
    const { unsubscribeId } = slot;
    if (unsubscribeId === undefined) {
      subscription.serve();
      return;
    }
    this.#leaving -= 1;
    this.#end(subscription, { type: 'unsubscribed', id: unsubscribeId, topic: slot.plan.topic, reason: 'asked' });
  }

  /** Answers the unsubscribe of a subscription that never came to be. */
  #refuseUnsubscribe({ plan, unsubscribeId }: Slot): void {
    if (unsubscribeId === undefined) return;
    this.#leaving -= 1;
    this.#host.refuse(notSubscribed(plan.topic), unsubscribeId, plan.topic);
  }

  // #region tell
  #tellLagged(subscription: Subscription, { fromSeqNo, toSeqNo }: Overrun): void {
    const { topic } = subscription;
    this.#host.counters.lagged += 1;
    const why = 'The messages that it needs next are no longer kept.';
    this.#host.send({ type: 'lagged', topic, fromSeqNo, toSeqNo, why });
    const isClosed = subscription.subSocket.closedBecause !== undefined;
    this.#end(subscription, farewellOf(subscription, isClosed ? 'closed' : 'lagged'));
  }
  // #endregion tell

  #fail(subscription: Subscription, error: unknown): void {
    // Nobody keeps the messages of a topic that has ended: what it has not been given by now, it never will be.
    if (subscription.subSocket.closedBecause !== undefined) {
      this.#tellLagged(subscription, subscription.overrun);
      return;
    }
    // That the backbone is out of reach is told once, by its own problem, and not for each subscription.
    if (!(error instanceof ProtocolError)) this.#host.onInternalError(error);
    this.#end(subscription, farewellOf(subscription, 'failed'));
  }

  #end(subscription: Subscription, farewell: UnsubscribedFrame): void {
    const { topic } = subscription;
    if (this.#byTopic.get(topic)?.subscription === subscription) this.#byTopic.delete(topic);
    this.#leave(subscription);
    this.#host.send(farewell);
  }

  #leave(subscription: Subscription): void {
    this.#parked.delete(subscription);
    subscription.end();
    this.#host.subSockets.release(subscription.subSocket);
  }
}

function farewellOf({ topic, subSocket }: Subscription, reason: UnsubscribedFrame['reason']): UnsubscribedFrame {
  const { closedBecause: why } = subSocket;
  return { type: 'unsubscribed', topic, reason, ...(reason === 'closed' && why !== undefined ? { why } : {}) };
}

function notSubscribed(topic: string): ProtocolError {
  return new ProtocolError('NOT_SUBSCRIBED', `There is no subscription to ${topic}.`, { topic });
}

function deniedWhileOpening(topic: string): ProtocolError {
  return new ProtocolError('ACL_DENIED', `The grant to subscribe to ${topic} was withdrawn.`, { topic });
}
