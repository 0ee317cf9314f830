/**
 * Where each subscription stands, as far as its program can know: what it was given last, and what it was told.
 *
 * A gateway's `subscribed` says where a subscription goes on, but the link may be lost before the client hears of it. So
 * a subscription has places from which its next message may follow, and not just one: the last message that the program
 * was given, and every beginning that a gateway has named since.
 */

import type { Position, SubscriptionMode } from '@micro-socket/protocol';
import type { DeliveredEvent, SubscribedEvent, SubscribeEvent, ToldGap } from '../history.ts';

export class Track {
  readonly name: string;
  readonly client: string;
  readonly principal: string;
  readonly topic: string;
  readonly mode: SubscriptionMode;
  readonly from: SubscribeEvent['from'];
  readonly openedAt: number;
  endedAt: number | undefined;
  endCode: string | undefined;
  /** The places that the next news may follow. Empty as long as nothing is known. */
  places: Position[] = [];
  /** What the program was given last, news or state. */
  last: Position | undefined;
  /** The newest news of each epoch … */
  readonly newsUpTo = new Map<string, number>();
  /** … and the newest that came as a part of the state. */
  readonly stateUpTo = new Map<string, number>();
  /** What it was told to be missing since its last message. */
  told: ToldGap[] = [];
  /** The answer `full` since the last message, if there was one. */
  full: SubscribedEvent | undefined;
  /** The newest answer `gap` since the last message. */
  gapAt: Position | undefined;
  /** Where it began first, if it was not with the state of the topic. */
  begun: Position | undefined;
  /** Up to where the newest state that it was sent is complete. */
  #statePlace: Position | undefined;
  /** The newest answer of any kind. */
  answer: SubscribedEvent | undefined;
  /** A state came since the last news, and up to where it is complete is not known. */
  hasUnknownState = false;
  /** Such a state has come at some time. */
  #hadUnknownState = false;

  constructor({ at, client, principal, subscription, topic, mode, from }: SubscribeEvent) {
    this.name = subscription;
    this.client = client;
    this.principal = principal;
    this.topic = topic;
    this.mode = mode;
    this.from = from;
    this.openedAt = at;
    if (typeof from === 'object' && 'epoch' in from) this.places.push(from);
  }

  get hasBegun(): boolean {
    return this.last !== undefined || this.answer !== undefined;
  }

  subscribed(event: SubscribedEvent): void {
    const { recovered, position, asked } = event;
    this.answer = event;
    this.full = recovered === 'full' ? event : undefined;
    if (recovered === 'snapshot') this.#statePlace = position;
    else if (recovered !== 'gap' && this.last === undefined && (asked === undefined || this.begun === undefined)) {
      this.begun = position;
    }
    if (recovered === 'gap') this.gapAt = position;
    // Whoever was given something asks for what follows it; an answer that knows of no question moves nobody.
    if (recovered === 'none' && (asked !== undefined || this.last !== undefined)) return;
    if (recovered === 'none' || recovered === 'snapshot') this.#mayGoOnAt(position);
    else if (recovered === 'full' && this.places.length === 0) this.#mayGoOnAt(position);
  }

  delivered({ epoch, seqNo, messageId, fromSnapshot, gap }: DeliveredEvent): void {
    if (gap !== undefined) this.#goesOnAfterGap();
    this.last = { epoch, seqNo, messageId };
    const upTo = fromSnapshot === true ? this.stateUpTo : this.newsUpTo;
    upTo.set(epoch, Math.max(upTo.get(epoch) ?? 0, seqNo));
    this.full = undefined;
    if (fromSnapshot === true) {
      if (!(this.#statePlace?.epoch === epoch && seqNo <= this.#statePlace.seqNo)) this.#unknownState();
      return;
    }
    this.places = [this.last];
    this.told = [];
    this.gapAt = undefined;
    this.hasUnknownState = false;
  }

  /** Whether a message after `seqNo` in this epoch may be the next one with nothing left out between. */
  mayFollow(epoch: string, prevSeqNo: number): boolean {
    return this.places.some((place) => place.epoch === epoch && prevSeqNo <= place.seqNo);
  }

  /** Whether it was sent a state that is complete up to this message or beyond, or one of which that is not known. */
  hadStateSince({ epoch, seqNo }: { readonly epoch: string; readonly seqNo: number }): boolean {
    const place = this.#statePlace;
    return this.#hadUnknownState || (place !== undefined && place.epoch === epoch && place.seqNo >= seqNo);
  }

  /** A gateway sent it the state; `seqNo` is up to where that is complete. */
  sentState(seqNo: number | undefined): void {
    const epoch = this.answer?.position.epoch;
    if (seqNo === undefined || epoch === undefined) {
      this.#unknownState();
      return;
    }
    this.#statePlace = { epoch, seqNo };
    this.#mayGoOnAt(this.#statePlace);
  }

  wasTold(gap: ToldGap): void {
    this.told.push(gap);
    this.#goesOnAfterGap();
  }

  /** What lies before the place at which it goes on after a gap is lost, and known to be. */
  #goesOnAfterGap(): void {
    if (this.gapAt !== undefined) this.begun = this.gapAt;
  }

  #unknownState(): void {
    this.hasUnknownState = true;
    this.#hadUnknownState = true;
  }

  #mayGoOnAt(position: Position): void {
    const isKnown = this.places.some(({ epoch, seqNo }) => epoch === position.epoch && seqNo === position.seqNo);
    if (!isKnown) this.places.push(position);
  }
}

export class Subscriptions {
  readonly #byName = new Map<string, Track>();
  readonly #newest = new Map<string, Track>();

  open(event: SubscribeEvent): void {
    const before = this.newest(event.client, event.topic);
    // A program that was killed says no goodbye.
    if (before !== undefined && before.endedAt === undefined) before.endedAt = event.at;
    const track = new Track(event);
    this.#byName.set(trackName(event.client, event.subscription), track);
    this.#newest.set(trackName(event.client, event.topic), track);
  }

  /** The one that a program has now, or had last. */
  newest(client: string, topic: string): Track | undefined {
    return this.#newest.get(trackName(client, topic));
  }

  get({ client, subscription }: { readonly client: string; readonly subscription: string }): Track | undefined {
    return this.#byName.get(trackName(client, subscription));
  }

  /** The newest one of each client and topic. */
  get all(): IterableIterator<Track> {
    return this.#newest.values();
  }
}

function trackName(client: string, name: string): string {
  return `${client}\n${name}`;
}
