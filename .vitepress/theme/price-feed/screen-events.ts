/** What has happened that matters, apart from prices: a bounded list, in words only when it is shown. */

import type { HealthFrame, SubscribedFrame } from '@micro-socket/protocol';
import type { ChannelName, FeedName } from './feeds.ts';

export type Recovered = SubscribedFrame['recovered'];

export type ScreenEvent =
  | { readonly kind: 'connected' }
  | { readonly kind: 'cut' }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'resumed'; readonly feed: FeedName; readonly recovered: Recovered; readonly behind: number }
  | { readonly kind: 'missing'; readonly feed: FeedName }
  | { readonly kind: 'switched'; readonly feed: ChannelName; readonly seqNo: number; readonly instruments: number }
  | { readonly kind: 'health'; readonly feed: FeedName; readonly state: HealthFrame['state'] }
  | { readonly kind: 'sourceCut' }
  | { readonly kind: 'sourceBack' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string };

export interface LoggedEvent {
  /** Rises by one with each. */
  readonly number: number;
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly event: ScreenEvent;
}

const EVENTS_MAX = 60;

/** The newest first. */
export class EventList {
  #number = 0;
  #events: readonly LoggedEvent[] = [];

  get events(): readonly LoggedEvent[] {
    return this.#events;
  }

  add(event: ScreenEvent, at: number): void {
    this.#number += 1;
    this.#events = [{ number: this.#number, at, event }, ...this.#events].slice(0, EVENTS_MAX);
  }
}
