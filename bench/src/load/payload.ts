/**
 * The payloads: a price update, padded to an exact size. Each carries its own number, so whoever reads it knows whether
 * it is the one that was expected.
 */

/** A smaller payload could not hold its number. */
export const PAYLOAD_BYTES_MIN = 32;

/** What a payload holds. */
export interface Payload {
  readonly number: number;
  readonly note: string;
}

/** Left out where the payload is too small for it. */
const PRICE = { symbol: 'EURUSD', bid: 1.08421, ask: 1.08434 };
const PRICE_FROM_BYTES = 96;

/** The JSON text of payload `number`, ASCII only and exactly `bytes` long. */
export function payloadText(number: number, bytes: number): string {
  const payload = { number, ...(bytes < PRICE_FROM_BYTES ? {} : PRICE), note: '' };
  const bare = JSON.stringify(payload);
  return JSON.stringify({ ...payload, note: 'x'.repeat(bytes - bare.length) });
}
