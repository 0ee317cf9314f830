/** What a source says of an instrument at one moment. */

/** The prices of one instrument, each a whole number of its last decimal. At least one of the three is there. */
export interface Quote {
  readonly instrument: string;
  /** What buyers offer. */
  readonly bid?: number | undefined;
  /** What sellers ask. Given exactly where `bid` is. */
  readonly ask?: number | undefined;
  /** The price of the newest trade. */
  readonly last?: number | undefined;
  /** When the source says that it was so, in milliseconds since 1970. */
  readonly sourceTime: number;
}

/** A quote by itself, of an object that may have more. */
export function quoteOf({ instrument, bid, ask, last, sourceTime }: Quote): Quote {
  const spread = bid === undefined ? {} : { bid, ask };
  return { instrument, ...spread, ...(last === undefined ? {} : { last }), sourceTime };
}

/**
 * A quote as it comes from a source. It is complete: what it leaves out, the source does not tell of this instrument.
 */
export interface Tick extends Quote {
  /**
   * The source's own number of this update, rising with each of an instrument: a trade id, an update id. Where it is
   * given, order and repeats are judged by it, and otherwise by `sourceTime`.
   */
  readonly sourceSeq?: number | undefined;
}
