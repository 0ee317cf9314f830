/** What is wrong with something that was given to the price feed. */

/** `FIELD`: a value is not allowed. `CONFLICT`: somebody else was quicker. `UNKNOWN`: there is no such thing. */
export type PriceFeedErrorCode = 'FIELD' | 'CONFLICT' | 'UNKNOWN';

/** `code` is stable; `message` names what was wrong and what to do. */
export class PriceFeedError extends Error {
  readonly code: PriceFeedErrorCode;
  /** The path of the field that is at fault, such as `margins.BTCUSDT.bid.amount`. */
  readonly field: string | undefined;

  constructor(code: PriceFeedErrorCode, message: string, field?: string) {
    super(message);
    this.name = 'PriceFeedError';
    this.code = code;
    this.field = field;
  }
}
