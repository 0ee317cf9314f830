export interface DialOptions {
  /** For `tls` and `wss` addresses; others have no use for it. */
  readonly tls?: DialTlsOptions;
  /** How long connecting, TLS and the gateway's answer may take together, in milliseconds. Default 10 000. */
  readonly timeoutMs?: number;
  /** Largest frame that is read at all; beyond it the connection ends with 1009. Default 100 MiB. */
  readonly frameBytesReadMax?: number;
}

// #region tls
export interface DialTlsOptions {
  /** The authorities to trust in place of those that Node knows, in PEM. */
  readonly ca?: string | Buffer;
  /** Whether a gateway without a trusted certificate is given up. Default true; false trusts anyone on the way. */
  readonly rejectUnauthorized?: boolean;
  /** The name that the certificate must have. Default: the host of the address. */
  readonly servername?: string;
}
// #endregion tls

/** The bounds of a dial and of the connection that it makes. */
export type DialLimits = Required<Pick<DialOptions, 'timeoutMs' | 'frameBytesReadMax'>>;

/** Much more than a gateway may be set to accept, so that it bounds who is no gateway. */
export const DEFAULT_DIAL_LIMITS: DialLimits = { timeoutMs: 10_000, frameBytesReadMax: 104_857_600 };
