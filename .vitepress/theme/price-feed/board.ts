/**
 * What the screen knows of the prices: takes the messages of all feeds as they come, and tells rows to draw.
 *
 * A channel gives each message the seqNo that it has on the main feed. So the difference is only computed between two
 * prices of one seqNo, which are one and the same change of the market, and never between two that happen to be shown
 * at the same time. When margins change, the channel quotes all instruments anew at one seqNo at which the main feed has
 * no tick; there the prices belong together that have the same source time.
 *
 * Bounded: a row for each instrument of the feed, and `RECENT_MAX` quotes of each.
 */

import { formatDecimal, type Quote } from '@micro-socket/price-feed';
import { CHANNELS, type ChannelName, FEEDS, type FeedName, perFeed, SIDES, type Side } from './feeds.ts';
import { sparkline } from './sparkline.ts';

/** Quotes of an instrument and a feed that wait for the other feed's quote of the same seqNo. */
const RECENT_MAX = 64;

/** Prices of an instrument that its sparkline shows. */
const SPARK_MAX = 60;

export interface CellView {
  readonly text: string;
  readonly moved: '' | 'up' | 'down';
  /** Changes with each movement, so that the same animation can begin again. */
  readonly turn: 0 | 1;
  /** To the main feed; empty for the main feed itself, and until there is one. */
  readonly difference: string;
  /** Whether the difference belongs to the price that is shown, and not to the one before. */
  readonly isCurrent: boolean;
}

export interface RowView {
  readonly instrument: string;
  readonly decimals: number;
  readonly cells: Readonly<Record<FeedName, Readonly<Record<Side, CellView>>>>;
  /** The points of a line, in a box of 100 by 24. */
  readonly spark: string;
  readonly seqNo: number;
}

/** What the messages say of a channel. */
export interface BoardMessage {
  readonly seqNo: number;
  readonly data: unknown;
}

interface Shown extends Quote {
  readonly seqNo: number;
  /** Quoted anew because margins have changed. */
  readonly isAnew: boolean;
}

interface Difference extends Partial<Record<Side, number>> {
  readonly seqNo: number;
}

interface Row {
  readonly instrument: string;
  readonly decimals: number;
  readonly shown: Partial<Record<FeedName, Shown>>;
  /** By seqNo; the newest last. */
  readonly recent: Record<FeedName, Map<number, Shown>>;
  readonly differences: Partial<Record<ChannelName, Difference>>;
  readonly moves: Record<FeedName, Record<Side, Pick<CellView, 'moved' | 'turn'>>>;
  readonly history: number[];
  view: RowView | undefined;
}

const STILL = { moved: '', turn: 0 } as const;

export class Board {
  readonly #rows = new Map<string, Row>();
  readonly #versions: Partial<Record<ChannelName, number>> = {};

  /** The version of the margins of a channel, as its newest message says. */
  versionOf(feed: FeedName): number | undefined {
    return feed === 'main' ? undefined : this.#versions[feed];
  }

  /** Takes a message of a feed. Tells the number of instruments that it quotes anew, where it changes margins. */
  take(feed: FeedName, { seqNo, data }: BoardMessage): number | undefined {
    const message = data as { readonly type?: unknown };
    switch (message.type) {
      case 'instrument':
        this.#define(data as { instrument: string; decimals: number });
        return undefined;
      case 'tick':
        if (feed !== 'main') this.#versions[feed] = (data as { version: number }).version;
        this.#show(feed, { ...(data as Quote), seqNo, isAnew: false });
        return undefined;
      case 'margins':
        // The main feed has the margins themselves; only the channel that they are for has prices in it.
        return feed === 'main' ? undefined : this.#switch(feed, seqNo, data as { version: number; quotes: Quote[] });
      default:
        return undefined;
    }
  }

  /** Rows to draw. A row that has not changed is the same object as before. */
  rows(): readonly RowView[] {
    return [...this.#rows.values()].map((row) => {
      row.view ??= viewOf(row);
      return row.view;
    });
  }

  /** Forgets which cells have moved: what is drawn next after a pause has not just happened. */
  rest(): void {
    for (const row of this.#rows.values()) {
      for (const feed of FEEDS) for (const side of SIDES) row.moves[feed][side] = STILL;
      row.view = undefined;
    }
  }

  #define({ instrument, decimals }: { instrument: string; decimals: number }): void {
    if (this.#rows.has(instrument)) return;
    this.#rows.set(instrument, {
      instrument,
      decimals,
      shown: {},
      recent: perFeed(() => new Map()),
      differences: {},
      moves: perFeed(() => ({ bid: STILL, ask: STILL, last: STILL })),
      history: [],
      view: undefined,
    });
  }

  #switch(channel: ChannelName, seqNo: number, { version, quotes }: { version: number; quotes: Quote[] }): number {
    this.#versions[channel] = version;
    for (const quote of quotes) this.#show(channel, { ...quote, seqNo, isAnew: true });
    return quotes.length;
  }

  #show(feed: FeedName, next: Shown): void {
    const row = this.#rows.get(next.instrument);
    const before = row?.shown[feed];
    if (row === undefined || (before !== undefined && before.seqNo >= next.seqNo)) return;
    row.shown[feed] = next;
    row.view = undefined;
    for (const side of SIDES) moved(row, feed, side, before?.[side], next[side]);
    remember(row.recent[feed], next);
    if (feed === 'main') {
      for (const channel of CHANNELS) compare(row, channel, row.recent[channel].get(next.seqNo), next);
      noteHistory(row, next);
    } else {
      compare(row, feed, next, mainOf(row, next));
    }
  }
}

function moved(row: Row, feed: FeedName, side: Side, before: number | undefined, next: number | undefined): void {
  if (before === undefined || next === undefined || before === next) return;
  const { turn } = row.moves[feed][side];
  row.moves[feed][side] = { moved: next > before ? 'up' : 'down', turn: turn === 0 ? 1 : 0 };
}

function remember(recent: Map<number, Shown>, quote: Shown): void {
  recent.set(quote.seqNo, quote);
  if (recent.size <= RECENT_MAX) return;
  for (const oldest of recent.keys()) {
    recent.delete(oldest);
    return;
  }
}

/** The price of the main feed that a channel's price was made of. */
function mainOf(row: Row, { seqNo, isAnew, sourceTime }: Shown): Shown | undefined {
  const { main } = row.recent;
  if (!isAnew) return main.get(seqNo);
  return [...main.values()].findLast((quote) => quote.seqNo < seqNo && quote.sourceTime === sourceTime);
}

function compare(row: Row, channel: ChannelName, theirs: Shown | undefined, main: Shown | undefined): void {
  if (theirs === undefined || main === undefined) return;
  const before = row.differences[channel];
  if (before !== undefined && before.seqNo > theirs.seqNo) return;
  const difference: { seqNo: number } & Partial<Record<Side, number>> = { seqNo: theirs.seqNo };
  for (const side of SIDES) {
    const [one, other] = [theirs[side], main[side]];
    if (one !== undefined && other !== undefined) difference[side] = one - other;
  }
  row.differences[channel] = difference;
  row.view = undefined;
}

function noteHistory({ history }: Row, { bid, ask, last }: Shown): void {
  const price = bid !== undefined && ask !== undefined ? bid + ask : (last ?? 0) * 2;
  history.push(price);
  if (history.length > SPARK_MAX) history.shift();
}

function viewOf(row: Row): RowView {
  const { instrument, decimals, history } = row;
  const cells = perFeed((feed) => ({
    bid: cellOf(row, feed, 'bid'),
    ask: cellOf(row, feed, 'ask'),
    last: cellOf(row, feed, 'last'),
  }));
  return { instrument, decimals, cells, spark: sparkline(history, SPARK_MAX), seqNo: row.shown.main?.seqNo ?? 0 };
}

function cellOf(row: Row, feed: FeedName, side: Side): CellView {
  const shown = row.shown[feed];
  const price = shown?.[side];
  const difference = feed === 'main' ? undefined : row.differences[feed];
  return {
    text: price === undefined ? '' : formatDecimal(price, row.decimals),
    ...row.moves[feed][side],
    difference: signed(difference?.[side], row.decimals),
    isCurrent: difference !== undefined && difference.seqNo === shown?.seqNo,
  };
}

/** With its sign, and a minus as wide as a plus. */
function signed(difference: number | undefined, decimals: number): string {
  if (difference === undefined) return '';
  const text = formatDecimal(Math.abs(difference), decimals);
  if (difference === 0) return text;
  return `${difference > 0 ? '+' : '−'}${text}`;
}
