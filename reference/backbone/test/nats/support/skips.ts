/** What of the contract NATS does in its own way, and why. */

import type { Skips } from '../../../suite/backbone-suite.ts';

const SERVERS_BUSINESS =
  'How many topics, ids and bytes are stored is bounded by the server, for all gateways together.';
const REAL_TIME = 'NATS forgets ids by its own clock, which no test can move.';
const CONTENT_GONE =
  'NATS remembers ids without what they stood for, so content is compared while the message is stored.';

export const NATS_SKIPS: Skips = {
  'keeps the newest historyLengthMax messages of each topic, and seqNos go on':
    'It promises one message less than it keeps: see publish.test.ts.',
  'bounds of topics': SERVERS_BUSINESS,
  'bounds of bytes': SERVERS_BUSINESS,
  'bounds of ids': SERVERS_BUSINESS,
  'an id is remembered for exactly dedupWindowMs': REAL_TIME,
  'a duplicate does not keep its id alive longer': REAL_TIME,
  'after the window the same id may carry something else': REAL_TIME,
  'any steps have the results of the model: log, state and dedup window (I2, I3, §5.6)': REAL_TIME,
  'any steps have the results of the model: log, state and dedup window, with small bounds (I2, I3, §5.6)': REAL_TIME,
  'any steps have the results of the model: what is given up, and for whom, when bytes and topics run out (§8)':
    SERVERS_BUSINESS,
  'any steps taken through both in turn have the results of the model (I2, I3, §5.6)': CONTENT_GONE,
  'an id is remembered: the same content is a duplicate at the first position, other content a conflict (I2)':
    'Restarted, NATS knows the ids of stored messages only, and content is compared while the message is stored.',
  'an id is forgotten when its window has passed, wherever in it the restart was (I2)': REAL_TIME,
  'any steps with restarts among them have the results of the model (I2, I3, §5.6)': REAL_TIME,
};
