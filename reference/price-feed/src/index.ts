export { channelTopicOf, isChannelId, sourceTopicOf } from './core/channel-id.ts';
export { CHANNELS_MAX, Channels, type ChannelVersion } from './core/channels.ts';
export { formatDecimal, parseDecimal, SCALED_MAX } from './core/decimal.ts';
export { deriveLast, deriveQuote, deriveSpread } from './core/derive.ts';
export type { ChannelMargins, ChannelTick } from './core/derived-entry.ts';
export { PriceFeedError, type PriceFeedErrorCode } from './core/errors.ts';
export { type GateOptions, REFUSALS, type Refusal } from './core/gate.ts';
export { DECIMALS_MAX, INSTRUMENTS_MAX, type Instrument, priceMaxOf } from './core/instrument.ts';
export type { Channel } from './core/ledger.ts';
export type { InstrumentMessage, MainMessage, MarginsMessage, MarginVersion, TickMessage } from './core/main-log.ts';
export {
  ANY_INSTRUMENT,
  BASIS_POINTS_MAX,
  formatMargins,
  type InstrumentMargins,
  type Margins,
  type MarginsText,
  marginsFor,
  parseMargins,
  type Side,
  type SideMargin,
  type SideMarginText,
} from './core/margin.ts';
export { DEFAULT_MAIN_TOPIC, PriceBackbone, type PriceBackboneOptions } from './core/price-backbone.ts';
export { PriceFeed, type PriceFeedOptions, type PriceFeedStats } from './core/price-feed.ts';
export type { PriceSource, SourceSink } from './core/source.ts';
export { type SourceState, type SourceStatus, STALE_AFTER_MS } from './core/source-status.ts';
export * from './core/sources/index.ts';
export type { Quote, Tick } from './core/tick.ts';
export { PriceDesk } from './http/price-desk.ts';
export { PriceFeedHttp } from './http/price-feed-http.ts';
