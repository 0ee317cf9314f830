/**
 * The screen without its picture: one client with three subscriptions, and what they have told so far.
 *
 * It tells `onChange` that something has changed, as often as that happens; whoever draws asks for `view()` when it is
 * time to draw. A message of the feed costs a few map look-ups here, and no drawing.
 */

import { Client, type ClientStatus, type Message, type Subscription } from '@micro-socket/client';
import type { HealthFrame, SubscribedFrame } from '@micro-socket/protocol';
import { DialError } from '@micro-socket/transport';
import { systemRandom } from '@micro-socket/transport/browser';
import { Board, type RowView } from './board.ts';
import { FEEDS, type FeedName, perFeed, topicOf } from './feeds.ts';
import { Flow, type FlowView } from './flow.ts';
import type { ChannelState, MarginChange, PriceHouse } from './price-house.ts';
import { EventList, type LoggedEvent, type ScreenEvent } from './screen-events.ts';
import { CUT_MS, type ReadRate, subscriptionOf, type Tier } from './settings.ts';
import type { TappedConnection } from './tapped-connection.ts';

export interface FeedView {
  readonly health: HealthFrame['state'];
  readonly seqNo: number;
  /** Messages that are stored and have not arrived; `undefined` where that is not known without asking. */
  readonly behind: number | undefined;
  readonly version: number | undefined;
  readonly flow: FlowView;
}

export interface ScreenView {
  readonly connection: ClientStatus['state'] | 'paused';
  readonly rows: readonly RowView[];
  readonly feeds: Readonly<Record<FeedName, FeedView>>;
  readonly events: readonly LoggedEvent[];
  readonly isSourceCut: boolean;
}

/** The client tries again soon: a reader wants to see it come back. */
const RECONNECT = { baseMs: 200, capMs: 1_000 };

export class ScreenEngine {
  readonly #house: PriceHouse;
  readonly #onChange: () => void;
  readonly #board = new Board();
  readonly #events = new EventList();
  readonly #flows = perFeed(() => new Flow());
  readonly #health: Record<FeedName, HealthFrame['state']> = perFeed(() => 'ok');
  readonly #subscriptions = new Map<FeedName, Subscription>();
  #client: Client | undefined;
  #connection: TappedConnection | undefined;
  #tier: Tier;
  #isAwayUntil = Number.NEGATIVE_INFINITY;
  /** The connection is away because the reader has cut it. */
  #isCut = false;
  #isSourceCut = false;
  #isPaused = false;
  #isClosed = false;
  /** Changes of the subscriptions, one behind the other. */
  #changing: Promise<void> = Promise.resolve();

  constructor(house: PriceHouse, tier: Tier, onChange: () => void) {
    this.#house = house;
    this.#tier = tier;
    this.#onChange = onChange;
  }

  /** Connects and subscribes. Rejects with what keeps it from that. */
  async open(): Promise<void> {
    await this.#connect();
    this.#tell({ kind: 'connected' });
  }

  view(): ScreenView {
    return {
      connection: this.#isPaused ? 'paused' : (this.#client?.state ?? 'connecting'),
      rows: this.#board.rows(),
      feeds: perFeed((feed) => this.#feedView(feed)),
      events: this.#events.events,
      isSourceCut: this.#isSourceCut,
    };
  }

  /** Breaks the connection, and lets nobody dial for a while. The client comes back by itself. */
  cut(): void {
    if (this.#connection === undefined || this.#client?.state !== 'ready') return;
    this.#isAwayUntil = this.#house.clock.now() + CUT_MS;
    this.#isCut = true;
    this.#tell({ kind: 'cut' });
    this.#connection.cut();
  }

  cutSource(): void {
    this.#house.market?.cut();
    this.#isSourceCut = true;
    this.#tell({ kind: 'sourceCut' });
  }

  restoreSource(): void {
    this.#house.market?.restore();
    this.#isSourceCut = false;
    this.#tell({ kind: 'sourceBack' });
  }

  pace(ticksPerSecond: number): void {
    this.#house.market?.pace(ticksPerSecond);
  }

  slow(framesPerSecond: ReadRate): void {
    for (const flow of Object.values(this.#flows)) flow.reset();
    this.#house.slow?.(framesPerSecond);
    this.#onChange();
  }

  /** Gets the feeds another way, from where they are. */
  choose(tier: Tier): Promise<void> {
    this.#changing = this.#changing.then(() => this.#chooseNow(tier)).catch((error: Error) => this.#fail(error));
    return this.#changing;
  }

  channel(id: MarginChange['channel']): Promise<ChannelState> {
    return this.#house.channel(id);
  }

  /** Rejects with what the feed says against it. */
  async change(change: MarginChange, seen: ChannelState): Promise<ChannelState> {
    try {
      return await this.#house.change(change, seen);
    } catch (error) {
      this.#tell({ kind: 'refused', why: wordsOf(error) });
      throw error;
    }
  }

  /** Nothing goes on until `goOn`. A gateway that somebody else runs goes on without the page. */
  async pause(): Promise<void> {
    if (this.#isPaused || this.#isClosed) return;
    this.#isPaused = true;
    this.#board.rest();
    if (this.#house.pause !== undefined) this.#house.pause();
    else await this.#disconnect();
    this.#onChange();
  }

  async goOn(): Promise<void> {
    if (!this.#isPaused || this.#isClosed) return;
    this.#isPaused = false;
    if (this.#house.goOn !== undefined) this.#house.goOn();
    else await this.#connect();
    this.#onChange();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#house.goOn?.();
    await this.#disconnect();
    await this.#house.close();
  }

  async #connect(): Promise<void> {
    const { clock, token } = this.#house;
    const client = new Client(
      { dial: () => this.#dial(), clock, random: systemRandom },
      {
        token,
        client: { name: 'trading-screen', version: '1' },
        reconnect: RECONNECT,
        onState: (status) => this.#onState(status),
      },
    );
    this.#client = client;
    await client.open();
    await this.#subscribe();
  }

  async #disconnect(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.close();
  }

  async #dial(): Promise<TappedConnection> {
    if (this.#house.clock.now() < this.#isAwayUntil) throw new DialError('the gateway', 'the cable is cut');
    const tap = { onSubscribed: (frame: SubscribedFrame) => this.#onSubscribed(frame) };
    this.#connection = await this.#house.dial(tap, FEEDS.length);
    return this.#connection;
  }

  async #subscribe(): Promise<void> {
    await Promise.all(FEEDS.map((feed) => this.#subscribeTo(feed)));
    for (const flow of Object.values(this.#flows)) flow.reset();
    this.#onChange();
  }

  async #subscribeTo(feed: FeedName): Promise<void> {
    const before = this.#subscriptions.get(feed)?.position;
    const subscription = await (this.#client as Client).subscribe(topicOf(feed), {
      ...subscriptionOf(this.#tier),
      from: before ?? 'snapshot',
      onGap: 'snapshot',
      onMessage: (message) => this.#take(feed, message),
      onSnapshot: (entries) => this.#takeState(feed, entries),
      onHealth: ({ state }) => this.#becomes(feed, state),
      onLoss: () => this.#tell({ kind: 'missing', feed }),
      onEnd: (error) => {
        if (error !== undefined && this.#client !== undefined) this.#fail(error);
      },
    });
    this.#subscriptions.set(feed, subscription);
    if (before === undefined) this.#flows[feed].stateAt(subscription.position);
  }

  async #chooseNow(tier: Tier): Promise<void> {
    const [now, next] = [subscriptionOf(this.#tier), subscriptionOf(tier)];
    this.#tier = tier;
    for (const flow of Object.values(this.#flows)) flow.reset();
    if (this.#isPaused && this.#house.pause === undefined) return;
    if (now.mode === next.mode) {
      for (const subscription of this.#subscriptions.values()) await subscription.modify(next.maxRateHz);
      return;
    }
    await Promise.all([...this.#subscriptions.values()].map((subscription) => subscription.close()));
    this.#connection?.expect(FEEDS.length);
    await this.#subscribe();
  }

  #onState({ state, attempt, reason }: ClientStatus): void {
    if (state === 'ready') this.#isCut = false;
    // Only the first attempt after a loss is news, and a cut has been told already.
    if (state === 'reconnecting' && attempt === 1 && !this.#isCut && reason !== undefined) {
      this.#tell({ kind: 'lost', why: wordsOf(reason) });
    }
    this.#onChange();
  }

  /** Before the client is told of it, so the position is still the one from before. */
  #onSubscribed({ topic, recovered, headSeqNo }: SubscribedFrame): void {
    const feed = FEEDS.find((each) => topicOf(each) === topic);
    const before = feed === undefined ? undefined : this.#subscriptions.get(feed)?.position;
    if (feed === undefined || before === undefined) return;
    this.#tell({ kind: 'resumed', feed, recovered, behind: Math.max(0, headSeqNo - before.seqNo) });
  }

  #take(feed: FeedName, message: Message): void {
    this.#flows[feed].message(message.epoch, message.seqNo);
    this.#takePrices(feed, message);
    this.#onChange();
  }

  #takeState(feed: FeedName, entries: readonly Message[]): void {
    // On the very first subscription this comes before its position is known here; `#subscribe` sets it.
    const position = this.#subscriptions.get(feed)?.position ?? entries.at(-1);
    if (position !== undefined) this.#flows[feed].stateAt(position);
    for (const entry of entries) this.#board.take(feed, entry);
    this.#onChange();
  }

  #takePrices(feed: FeedName, message: Message): void {
    const instruments = this.#board.take(feed, message);
    if (instruments === undefined || feed === 'main') return;
    this.#tell({ kind: 'switched', feed, seqNo: message.seqNo, instruments });
  }

  #becomes(feed: FeedName, state: HealthFrame['state']): void {
    if (this.#health[feed] === state) return;
    this.#health[feed] = state;
    this.#tell({ kind: 'health', feed, state });
  }

  #feedView(feed: FeedName): FeedView {
    const flow = this.#flows[feed];
    const { seqNo } = flow;
    const head = this.#house.head();
    return {
      health: this.#health[feed],
      seqNo,
      behind: head === undefined ? undefined : Math.max(0, head - seqNo),
      version: this.#board.versionOf(feed),
      flow: flow.view,
    };
  }

  #fail(error: unknown): void {
    if (!this.#isClosed) this.#tell({ kind: 'failed', why: wordsOf(error) });
  }

  #tell(event: ScreenEvent): void {
    this.#events.add(event, this.#house.clock.now());
    this.#onChange();
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
