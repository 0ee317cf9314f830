/**
 * Public keys that an issuer serves at an address, fetched when they are needed.
 *
 * Theory of operation. The set is kept for `maxAgeMs`. A token whose key is not in it makes the set be fetched again,
 * so a new key works as soon as it is used, but not before `cooldownMs` have passed since the last fetch: tokens with
 * invented key names must not become requests to the issuer. The cooldown counts from a fetch that succeeded; while the
 * issuer is away fetches begin `FETCH_INTERVAL_MS` apart at least. One at a time is under way, with an end in time and in
 * bytes.
 *
 * That the keys cannot be fetched is no fault of a token, so it is not told as one: the client may come back.
 */

import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';

export interface RemoteKeySetOptions {
  readonly url: URL;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly cooldownMs: number;
  /** At least `FETCH_INTERVAL_MS`. */
  readonly maxAgeMs: number;
}

/** Longest answer of an issuer. A key set of a dozen keys has some 10,000 bytes. */
export const KEY_SET_BYTES_MAX = 262_144;

/** The least time from the beginning of one fetch to that of the next. */
export const FETCH_INTERVAL_MS = 1_000;

/** How long one fetch may take. Shorter than setupDeadlineMs, so that the client hears of it. */
const FETCH_TIMEOUT_MS = 5_000;

/** The keys that tokens are checked with cannot be had at the moment; the message says from where and why. */
export class KeysUnavailableError extends Error {
  readonly code = 'KEYS_UNAVAILABLE';

  constructor(url: URL, cause: unknown) {
    const why = cause instanceof Error ? messageOf(cause) : String(cause);
    super(`The key set at ${url.origin}${url.pathname} cannot be fetched: ${why}.`, { cause });
    this.name = 'KeysUnavailableError';
  }
}

/** Finds the key of a token. Rejects with an error of `jose` when the token is at fault, or `KeysUnavailableError`. */
export function remoteKeySet({ url, now, cooldownMs, maxAgeMs }: RemoteKeySetOptions): JWTVerifyGetKey {
  let fetchedAt = Number.NEGATIVE_INFINITY;
  const keySet = createRemoteJWKSet(url, {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: cooldownMs,
    cacheMaxAge: maxAgeMs,
    [customFetch]: async (address, init) => {
      const elapsedMs = now() - fetchedAt;
      // A clock that was set back must not stop the fetches until it has caught up.
      if (elapsedMs >= 0 && elapsedMs < FETCH_INTERVAL_MS) throw new Error('it was asked for a moment ago');
      fetchedAt = now();
      return bounded(await fetch(address, init));
    },
  });
  return async (header, token) => {
    try {
      return await keySet(header, token);
    } catch (error) {
      throw isFaultOfToken(error) ? error : new KeysUnavailableError(url, error);
    }
  };
}

/** The same answer, read to its end. Rejects when it is none, or too long. */
async function bounded(response: Response): Promise<Response> {
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the answer is HTTP ${response.status}`);
  }
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the rest of the answer.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > KEY_SET_BYTES_MAX) throw new Error(`the answer has more than ${KEY_SET_BYTES_MAX} bytes`);
    chunks.push(new Uint8Array(chunk));
  }
  return new Response(new Blob(chunks));
}

function isFaultOfToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}

/** `fetch` says "fetch failed" and keeps why in the cause. */
function messageOf(error: Error): string {
  const inner = error.cause instanceof Error && error.cause.message !== '' ? error.cause : error;
  return inner.message.replace(/\.$/, '');
}
