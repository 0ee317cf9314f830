/**
 * The payloads: a price update, padded to an exact size. Each carries its own number, so whoever reads it knows whether
 * it is the one that was expected.
 */

/** A smaller payload could not hold the fields. */
export const PAYLOAD_BYTES_MIN = 96;

/** What a payload holds. */
export interface Payload {
  readonly number: number;
  readonly symbol: string;
  readonly bid: number;
  readonly ask: number;
  readonly note: string;
}

/** The JSON text of payload `number`, ASCII only and exactly `bytes` long. */
export function payloadText(number: number, bytes: number): string {
  const payload: Payload = { number, symbol: 'EURUSD', bid: 1.08421, ask: 1.08434, note: '' };
  const bare = JSON.stringify(payload);
  return JSON.stringify({ ...payload, note: 'x'.repeat(bytes - bare.length) });
}
