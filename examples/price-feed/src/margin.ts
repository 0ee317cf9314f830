/**
 * Changes the margin of one instrument of a channel: `npm run margin -w examples/price-feed -- gold BTCUSDT --amount 15.00`.
 *
 * It is the operator who may do this, and only from the version on that they have seen: if somebody else was quicker,
 * nothing happens, and the answer says so.
 */

import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    http: { type: 'string', default: 'http://127.0.0.1:8080' },
    'basis-points': { type: 'string', default: '0' },
    amount: { type: 'string', default: '0' },
  },
});
const [channel = 'gold', instrument = 'BTCUSDT'] = positionals;
const margin = { basisPoints: values['basis-points'], amount: values.amount };

// #region patch
const url = `${values.http}/channels/${channel}`;
const headers = { Authorization: 'Bearer operator-token' };

const seen = await fetch(url, { headers });
const changed = await fetch(url, {
  method: 'PATCH',
  headers: { ...headers, 'Content-Type': 'application/merge-patch+json', 'If-Match': seen.headers.get('ETag') ?? '' },
  body: JSON.stringify({ margins: { [instrument]: { bid: margin, ask: margin } } }),
});
const answer = (await changed.json()) as { version?: number; detail?: string };
// #endregion patch

if (changed.ok) console.log(`${channel} has version ${answer.version}`);
else {
  console.error(`${changed.status} ${answer.detail}`);
  process.exitCode = 1;
}
