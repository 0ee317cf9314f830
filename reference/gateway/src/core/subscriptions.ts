/**
 * The subscriptions of one connection: their way in, their way out, and those that fell behind.
 *
 * Requests take effect in the order in which they came, although a subscription is opening for as long as its
 * sub-socket waits for the backbone: one that is unsubscribed in that time is taken out of the table at once, so that
 * the same topic can be subscribed to anew, and is answered with `subscribed` and `unsubscribed` when it is open.
 */

import { type Limits, ProtocolError, type UnsubscribedFrame } from '@micro-socket/protocol';
import type { Member, MemberOwner } from './cohort.ts';
import type { Outlet } from './outlet.ts';
import type { Counters } from './stats.ts';
import type { Overrun, SubSocket } from './sub-socket.ts';
import type { SubSocketRegistry } from './sub-socket-registry.ts';

/** A subscription that was opened: what it holds of its sub-socket. */
interface Membership {
  readonly subSocket: SubSocket;
  readonly member: Member;
}

class Subscription implements MemberOwner {
  readonly topic: string;
  readonly outlet: Outlet;
  readonly #parked: Set<Subscription>;
  /** Absent while it is opening. */
  membership: Membership | undefined;
  /** The unsubscribe that came while it was opening. */
  unsubscribeId: number | undefined;

  constructor(topic: string, outlet: Outlet, parked: Set<Subscription>) {
    this.topic = topic;
    this.outlet = outlet;
    this.#parked = parked;
  }

  onParked(): void {
    this.#parked.add(this);
  }
}

export class Subscriptions {
  readonly #outlet: Outlet;
  readonly #subSockets: SubSocketRegistry;
  readonly #counters: Counters;
  readonly #limits: Limits;
  readonly #byTopic = new Map<string, Subscription>();
  readonly #parked = new Set<Subscription>();
  /** How many were unsubscribed while they were opening, and still are. */
  #leaving = 0;
  #closed = false;

  constructor(outlet: Outlet, subSockets: SubSocketRegistry, counters: Counters, limits: Limits) {
    this.#outlet = outlet;
    this.#subSockets = subSockets;
    this.#counters = counters;
    this.#limits = limits;
  }

  get size(): number {
    return this.#byTopic.size;
  }

  /** Subscribes and answers `subscribed`. Rejects with ALREADY_SUBSCRIBED, TOPIC_LIMIT, or what the backbone says. */
  async add(topic: string, id: number | undefined): Promise<void> {
    this.#requireRoomFor(topic);
    const subscription = new Subscription(topic, this.#outlet, this.#parked);
    this.#byTopic.set(topic, subscription);
    try {
      const { subSocket, ordinal } = await this.#subSockets.acquire(topic);
      if (this.#closed) this.#subSockets.release(subSocket);
      else this.#join(subscription, subSocket, ordinal, id);
    } catch (error) {
      if (this.#byTopic.get(topic) === subscription) this.#byTopic.delete(topic);
      this.#refuseUnsubscribe(subscription);
      throw error;
    }
  }

  /** Ends a subscription and answers `unsubscribed`. Throws NOT_SUBSCRIBED. */
  remove(topic: string, id: number): void {
    const subscription = this.#byTopic.get(topic);
    if (subscription === undefined) throw notSubscribed(topic);
    if (subscription.membership !== undefined) {
      this.#end(subscription, { type: 'unsubscribed', id, topic, reason: 'asked' });
      return;
    }
    this.#byTopic.delete(topic);
    this.#leaving += 1;
    subscription.unsubscribeId = id;
  }

  /** Serves those that fell behind, in turn, until the outlet is full again. */
  catchUp(): void {
    for (const subscription of this.#parked) {
      if (this.#outlet.full) return;
      // Taken out first: one that is still behind afterwards stands behind the others.
      this.#parked.delete(subscription);
      const { subSocket, member } = subscription.membership as Membership;
      const overrun = subSocket.catchUp(member);
      if (overrun !== undefined) this.#tellLagged(subscription, overrun);
      else if (member.livePlace === -1) this.#parked.add(subscription);
    }
  }

  closeAll(): void {
    this.#closed = true;
    for (const subscription of this.#byTopic.values()) this.#leave(subscription);
    this.#byTopic.clear();
    this.#parked.clear();
  }

  #requireRoomFor(topic: string): void {
    if (this.#byTopic.has(topic)) {
      throw new ProtocolError('ALREADY_SUBSCRIBED', `This connection is subscribed to ${topic} already.`, { topic });
    }
    const { topicsPerConnectionMax } = this.#limits;
    if (this.#byTopic.size + this.#leaving < topicsPerConnectionMax) return;
    const message = `This connection has ${topicsPerConnectionMax} subscriptions (topicsPerConnectionMax).`;
    throw new ProtocolError('TOPIC_LIMIT', message, { topic });
  }

  /** Messages go out at the end of the turn at the earliest, so none can overtake `subscribed`. */
  #join(subscription: Subscription, subSocket: SubSocket, ordinal: number, id: number | undefined): void {
    const { topic, alias } = subSocket;
    const { member, position } = subSocket.join(subscription, ordinal);
    subscription.membership = { subSocket, member };
    const { epoch, seqNo, messageId } = position;
    this.#outlet.send({
      type: 'subscribed',
      ...(id === undefined ? {} : { id }),
      topic,
      alias,
      epoch,
      seqNo,
      ...(messageId === undefined ? {} : { messageId }),
    });
    const { unsubscribeId } = subscription;
    if (unsubscribeId === undefined) {
      this.catchUp();
      return;
    }
    this.#leaving -= 1;
    this.#end(subscription, { type: 'unsubscribed', id: unsubscribeId, topic, reason: 'asked' });
  }

  /** Answers the unsubscribe of a subscription that never came to be. */
  #refuseUnsubscribe({ topic, unsubscribeId }: Subscription): void {
    if (unsubscribeId === undefined) return;
    this.#leaving -= 1;
    const { code, message, retry } = notSubscribed(topic);
    this.#outlet.send({ type: 'error', id: unsubscribeId, code, message, retry, topic });
  }

  #tellLagged(subscription: Subscription, { fromSeqNo, toSeqNo }: Overrun): void {
    const { topic } = subscription;
    this.#counters.lagged += 1;
    this.#outlet.send({ type: 'lagged', topic, fromSeqNo, toSeqNo, why: 'The connection reads too slowly.' });
    this.#end(subscription, { type: 'unsubscribed', topic, reason: 'lagged' });
  }

  #end(subscription: Subscription, farewell: UnsubscribedFrame): void {
    if (this.#byTopic.get(subscription.topic) === subscription) this.#byTopic.delete(subscription.topic);
    this.#parked.delete(subscription);
    this.#leave(subscription);
    this.#outlet.send(farewell);
  }

  #leave({ membership }: Subscription): void {
    if (membership === undefined) return;
    membership.subSocket.leave(membership.member);
    this.#subSockets.release(membership.subSocket);
  }
}

function notSubscribed(topic: string): ProtocolError {
  return new ProtocolError('NOT_SUBSCRIBED', `There is no subscription to ${topic}.`, { topic });
}
