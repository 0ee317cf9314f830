/**
 * What a channel shows of each message of the main log: one for one, under the same position and messageId.
 *
 * | on the main log | on the channel |
 * | --- | --- |
 * | an instrument | the same |
 * | a tick | the tick with the channel's prices, and the version of the margins that made them |
 * | its own margins | their version, and every instrument quoted anew; the margins stay with the operator |
 * | another channel's margins, or anything else | a message that says nothing |
 *
 * It is a pure function of a stored message and of the margins in force there, so what is read from the history is, byte
 * for byte, what was sent live.
 */

import type { Entry } from '@micro-socket/backbone';
import type { JsonValue } from '@micro-socket/protocol';
import { deriveQuote, writeQuote } from './derive.ts';
import type { Instrument } from './instrument.ts';
import type { MainMessage, MarginsMessage, MarginVersion, TickMessage } from './main-log.ts';
import { type Margins, marginsFor } from './margin.ts';
import type { Quote } from './tick.ts';

/** A price of a channel, as its subscribers get it. */
export interface ChannelTick extends Quote {
  readonly type: 'tick';
  /** Which margins made it. */
  readonly version: number;
}

/** The channel has new margins: from here on every price is made with them. */
export interface ChannelMargins {
  readonly type: 'margins';
  readonly version: number;
  /** Every instrument, quoted anew: they take the place of all that was shown before. */
  readonly quotes: readonly Quote[];
}

/** Under this key stand messages that say nothing to this channel. */
const OTHER_KEY = 'other:';
const OTHER = { type: 'other' } as const;

export type Instruments = ReadonlyMap<string, Instrument>;

/** What is derived from, and for whom. */
export interface Derivation {
  readonly channel: string;
  readonly instruments: Instruments;
}

/** A message of the main log, and what its payload was read as: `undefined` for something that does not belong there. */
export interface MainEntry {
  readonly entry: Entry;
  readonly message: MainMessage | undefined;
}

// #region entry
/** The channel's message for one of the main log. `inForce` are the channel's margins there, its own message included. */
export function deriveEntry({ entry, message }: MainEntry, inForce: MarginVersion, derivation: Derivation): Entry {
  const { epoch, seqNo, prevSeqNo, messageId, time, sizeBytes } = entry;
  const derived = payloadOf(message, inForce, derivation);
  const key = derived === undefined ? OTHER_KEY : entry.key;
  // Written out, because it is made for every message and every channel: copying from another object takes longer.
  return { epoch, seqNo, prevSeqNo, messageId, time, sizeBytes, key, payload: derived ?? OTHER };
}

function payloadOf(
  message: MainMessage | undefined,
  inForce: MarginVersion,
  { channel, instruments }: Derivation,
): JsonValue | undefined {
  switch (message?.type) {
    case 'instrument': {
      const { type, instrument, decimals, tickSize } = message;
      return { type, instrument, decimals, tickSize };
    }
    case 'tick':
      return tickOf(message, inForce, instruments);
    case 'margins':
      return message.channel === channel ? switchOf(message, inForce.version, instruments) : undefined;
    default:
      return undefined;
  }
}
// #endregion entry

function tickOf(
  tick: TickMessage,
  { version, margins }: MarginVersion,
  instruments: Instruments,
): JsonValue | undefined {
  const instrument = instruments.get(tick.instrument);
  if (instrument === undefined) return undefined;
  const derived = { type: 'tick' } as { -readonly [Field in keyof ChannelTick]: ChannelTick[Field] };
  writeQuote(derived, tick, marginsFor(margins, tick.instrument), instrument);
  derived.version = version;
  return derived as unknown as JsonValue;
}

function switchOf({ margins, quotes }: MarginsMessage, version: number, instruments: Instruments): JsonValue {
  const derived = quotes.flatMap((quote) => quoteOf(quote, margins, instruments) ?? []);
  return { type: 'margins', version, quotes: derived } satisfies ChannelMargins as unknown as JsonValue;
}

function quoteOf(quote: Quote, margins: Margins, instruments: Instruments): Quote | undefined {
  const instrument = instruments.get(quote.instrument);
  return instrument === undefined ? undefined : deriveQuote(quote, marginsFor(margins, quote.instrument), instrument);
}
