/**
 * The messages of the main log: what their payloads look like, and under which keys they are state.
 *
 * A log outlives the program that wrote it and other programs may write to it, so nothing is believed because it is
 * there: `readMessage` checks shapes, and what it does not know is `undefined`.
 */

import type { Entry } from '@micro-socket/backbone';
import type { JsonValue } from '@micro-socket/protocol';
import { isChannelId } from './channel-id.ts';
import { DECIMALS_MAX, type Instrument, isInstrumentId } from './instrument.ts';
import { areMargins, type Margins } from './margin.ts';
import type { Quote, Tick } from './tick.ts';

export interface InstrumentMessage extends Omit<Instrument, 'id'> {
  readonly type: 'instrument';
  readonly instrument: string;
}

export interface TickMessage extends Tick {
  readonly type: 'tick';
}

// #region margins
/** Margins, and the version that names them: the seqNo of the main log at which they were stored. */
export interface MarginVersion {
  readonly version: number;
  readonly margins: Margins;
}

/** The margins of a channel have changed, or it has begun, or ended. */
export interface MarginsMessage {
  readonly type: 'margins';
  readonly channel: string;
  readonly margins: Margins;
  /** When the channel was created, in milliseconds since 1970. */
  readonly createdAt: number;
  /** The version with which the channel began; absent in that very message. */
  readonly bornAt?: number | undefined;
  /** The margins until now; absent in the message with which the channel begins. */
  readonly previous?: MarginVersion | undefined;
  /** The newest quote of every instrument of the main feed: the channel quotes them anew with its new margins. */
  readonly quotes: readonly Quote[];
  /** The channel has ended, for this reason. */
  readonly closed?: string | undefined;
}
// #endregion margins

export type MainMessage = InstrumentMessage | TickMessage | MarginsMessage;

/** Ids of instruments have no colon, so no tick takes the place of these. */
export function keyOf(message: MainMessage): string {
  if (message.type === 'tick') return message.instrument;
  return message.type === 'instrument' ? `instrument:${message.instrument}` : channelKeyOf(message.channel);
}

/** Under which key the margins of a channel are state. */
export function channelKeyOf(channel: string): string {
  return `channel:${channel}`;
}

/** The message of an entry; `undefined` for one that is none, or that stands under a key that is not its own. */
export function messageOf({ payload, key }: Pick<Entry, 'payload' | 'key'>): MainMessage | undefined {
  const message = readMessage(payload);
  return message !== undefined && keyOf(message) === key ? message : undefined;
}

/** The message that a payload is, or `undefined` for one that is none. Never throws. */
export function readMessage(payload: JsonValue): MainMessage | undefined {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return undefined;
  const message = payload as unknown as MainMessage;
  if (message.type === 'tick') return isTick(message) ? message : undefined;
  if (message.type === 'instrument') return isInstrument(message) ? message : undefined;
  return message.type === 'margins' && areMarginsMessage(message) ? message : undefined;
}

function isInstrument({ instrument, decimals, tickSize }: InstrumentMessage): boolean {
  return isId(instrument) && isWhole(decimals, DECIMALS_MAX) && isWhole(tickSize) && tickSize >= 1;
}

function isTick(tick: TickMessage): boolean {
  return isQuote(tick) && (tick.sourceSeq === undefined || isWhole(tick.sourceSeq));
}

/** Whether a value has the shape of a quote, with prices that are whole and at least 1. */
export function isQuote({ instrument, bid, ask, last, sourceTime }: Quote): boolean {
  const hasSpread = bid !== undefined && ask !== undefined && isPrice(bid) && isPrice(ask);
  const hasNoSpread = bid === undefined && ask === undefined;
  const hasLast = last !== undefined && isPrice(last);
  return (
    isId(instrument) &&
    Number.isFinite(sourceTime) &&
    sourceTime >= 0 &&
    (hasSpread ? last === undefined || hasLast : hasNoSpread && hasLast)
  );
}

function areMarginsMessage({ channel, margins, createdAt, bornAt, previous, quotes, closed }: MarginsMessage): boolean {
  return (
    typeof channel === 'string' &&
    isChannelId(channel) &&
    areMargins(margins) &&
    Number.isFinite(createdAt) &&
    (bornAt === undefined || isWhole(bornAt)) &&
    (previous === undefined || isVersion(previous)) &&
    Array.isArray(quotes) &&
    quotes.every((quote) => typeof quote === 'object' && quote !== null && isQuote(quote)) &&
    (closed === undefined || typeof closed === 'string')
  );
}

function isVersion(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { version, margins } = value as Partial<MarginVersion>;
  return isWhole(version) && areMargins(margins);
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && isInstrumentId(value);
}

function isPrice(value: unknown): boolean {
  return isWhole(value) && value >= 1;
}

function isWhole(value: unknown, max = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max;
}
