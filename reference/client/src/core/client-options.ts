/** What a program may ask of a client. */

import { DEFAULT_BACK_OFF } from './back-off.ts';
import { boundOf } from './bound.ts';
import type { ReconnectSettings } from './connector.ts';
import type { PublisherSettings } from './publisher.ts';
import type { ClientStatus } from './status.ts';
import type { TokenSource } from './token.ts';

export interface ReconnectOptions {
  /** The longest first wait, in milliseconds; each failure doubles it. Default 250. */
  readonly baseMs?: number;
  /** The longest wait at all, in milliseconds. Default 30 000. */
  readonly capMs?: number;
  /** How many attempts in a row may fail before the client gives up. Default: any number. */
  readonly attemptsMax?: number;
  /** Whether the very first connection is tried again as well. Default false: `connect` rejects when it fails. */
  readonly first?: boolean;
}

export interface ClientOptions {
  /**
   * Proves who the client is; travels in setup, never in an address. A function is asked before each setup and, when
   * the token expires, in time for a new one.
   */
  readonly token?: TokenSource;
  /** The program's own name and version, sent in setup. */
  readonly client?: { readonly name: string; readonly version: string };
  /** How long the token, dialling and the gateway's answer to setup may take together, in milliseconds. Default 10 000. */
  readonly connectTimeoutMs?: number;
  /**
   * Whether a lost connection is made again, with its session, its subscriptions and its publishes. Default: it is.
   * With `false` the end of the connection rejects every call that waits and ends every subscription.
   */
  readonly reconnect?: false | ReconnectOptions;
  /** How many publishes may wait to be sent. Default 10 000. Beyond, a call rejects with `PublishQueueFullError`. */
  readonly publishQueueMax?: number;
  /**
   * How long a publish may wait for its final answer, lost connections and refusals included, in milliseconds. Default
   * 60 000. 0: for ever, and then one that is sent again after the gateway's dedup window may be stored twice.
   */
  readonly publishTimeoutMs?: number;
  /**
   * How many publishes may be unanswered at once. Default: as many as the gateway allows. With 1 the order of the calls
   * is kept even when the gateway refuses one of them for now (§4.4).
   */
  readonly publishesInFlightMax?: number;
  /**
   * Whether a publish that the gateway refuses for now, such as with OVERLOADED, is sent again. Default: it is, until
   * `publishTimeoutMs`. With `false` the call rejects, and only lost connections make it be sent again.
   */
  readonly retryRefused?: boolean;
  /** No publish is sent while more bytes than this have not left yet. Default 1 MiB. */
  readonly sendBufferBytesMax?: number;
  /** Called whenever the connection's state changes, from the first attempt on. */
  readonly onState?: (status: ClientStatus) => void;
  /** Hears of errors that answer no call and belong to no subscription's own function. Default: they are dropped. */
  readonly onError?: (error: Error) => void;
}

/** Throws `RangeError` for a bound that is none. */
export function reconnectSettings({ reconnect }: ClientOptions): ReconnectSettings | undefined {
  if (reconnect === false) return undefined;
  const { baseMs, capMs, attemptsMax, first = false } = reconnect ?? {};
  return {
    baseMs: boundOf('reconnect.baseMs', baseMs, DEFAULT_BACK_OFF.baseMs),
    capMs: boundOf('reconnect.capMs', capMs, DEFAULT_BACK_OFF.capMs),
    attemptsMax: attemptsMax === Number.POSITIVE_INFINITY ? attemptsMax : attemptsMaxOf(attemptsMax),
    first,
  };
}

/** Throws `RangeError` for a bound that is none. */
export function publisherSettings(options: ClientOptions): PublisherSettings {
  return {
    keeps: options.reconnect !== false,
    retriesRefused: options.retryRefused ?? true,
    queueMax: boundOf('publishQueueMax', options.publishQueueMax, 10_000),
    timeoutMs: boundOf('publishTimeoutMs', options.publishTimeoutMs, 60_000, 0),
    inFlightMax: boundOf('publishesInFlightMax', options.publishesInFlightMax, Number.MAX_SAFE_INTEGER),
    sendBufferBytesMax: boundOf('sendBufferBytesMax', options.sendBufferBytesMax, 1_048_576),
  };
}

function attemptsMaxOf(attemptsMax: number | undefined): number {
  return boundOf('reconnect.attemptsMax', attemptsMax, Number.POSITIVE_INFINITY);
}
