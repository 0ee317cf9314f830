/** Frames as a hostile client sends them. */

import { type ClientFrame, codecFor, type Encoding, type FrameBody } from '@micro-socket/protocol';

/** One of each frame that a client may send, as a client would send it. */
const CORPUS: readonly ClientFrame[] = [
  { type: 'setup', protocol: 1, token: 'ann-token', topics: ['a'] },
  { type: 'subscribe', id: 1, topic: 'a' },
  { type: 'subscribe', id: 2, topic: 'b', mode: 'keyed', from: 'snapshot', maxRateHz: 5 },
  { type: 'subscribe', id: 3, topic: 'c', from: { last: 10 }, confirmWindow: 4, checksum: true },
  { type: 'subscribe', id: 4, topic: 'd', from: { epoch: 'e', seqNo: 4, messageId: 'm' }, onGap: 'snapshot' },
  { type: 'unsubscribe', id: 5, topic: 'a' },
  { type: 'publish', id: 6, topic: 'a', messageId: 'm1', payload: { deep: [1, 'x', null, { y: true }] }, key: 'k' },
  { type: 'publish', id: 7, topic: 'b', messageId: 'm2', payload: null, ref: 'm1', ttlMs: 100, expectSeqNo: 3 },
  { type: 'confirm', topic: 'c', seqNo: 3 },
  { type: 'replay', id: 8, topic: 'a', fromSeqNo: 0, toSeqNo: 9 },
  { type: 'resume', id: 9, sessionId: 's', resumeKey: 'k', subscriptions: [{ topic: 'a', from: 'live' }] },
  { type: 'presence', id: 10, topic: 'a', action: 'enter', data: { mood: 1 } },
  { type: 'presence', id: 11, topic: 'a', action: 'leave' },
  { type: 'refresh', id: 12, token: 'ann-token' },
  { type: 'modify', id: 13, topic: 'b', maxRateHz: 1 },
  { type: 'pong', time: 1 },
];

export type Below = (bound: number) => number;

/** Changes, inserts, removes, repeats or cuts some bytes. */
function mutated(bytes: Uint8Array, below: Below): Uint8Array {
  const out = [...bytes];
  for (let change = below(4); change >= 0; change--) {
    const at = below(out.length + 1);
    const kinds = [
      () => out.splice(at, 1, below(256)),
      () => out.splice(at, 0, below(256)),
      () => out.splice(at, 1 + below(4)),
      () => out.splice(at, 0, ...out.slice(at, at + below(16))),
      () => out.splice(at),
    ];
    kinds[below(kinds.length)]?.();
  }
  return Uint8Array.from(out);
}

/** Most are frames with something wrong, some are frames as they should be, and some are noise. */
export function hostileBody(encoding: Encoding, below: Below): FrameBody {
  const kind = below(10);
  const frame = CORPUS[below(CORPUS.length)] as ClientFrame;
  const body = codecFor(encoding).encode(frame);
  if (kind < 3) return body;
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const noise = Uint8Array.from({ length: below(64) }, () => below(256));
  const out = kind === 9 ? noise : mutated(bytes, below);
  // There are no empty bodies: a length of zero is a close record, and the transports see to it.
  if (out.length === 0) return body;
  // A text message that is not UTF-8 never gets here: its transport has refused it.
  return encoding === 'json' ? new TextDecoder().decode(out) : out;
}
