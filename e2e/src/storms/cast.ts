/** Who publishes and who reads in every round, and what they may do. */

import type { Encoding, SubscriptionMode } from '@micro-socket/protocol';
import { TOPICS } from './settings.ts';

/** How a program reads one topic. */
export interface Interest {
  /** The end of the topic's name. */
  readonly topic: (typeof TOPICS)[number];
  readonly mode: SubscriptionMode;
  readonly from?: 'live' | 'snapshot';
  readonly checksum?: boolean;
  readonly confirmWindow?: number;
}

export interface Role {
  readonly name: string;
  readonly encoding: Encoding;
  /** The gateway that it begins at, from 0; where there is only one, it is that one. */
  readonly gateway: number;
  readonly interests: readonly Interest[];
  /** `ordered`: one unanswered publish at a time, so its order is kept whatever happens (§4.4). */
  readonly publishes?: 'ordered' | 'pipelined';
}

const everyTopic = (interest: Omit<Interest, 'topic'>) => TOPICS.map((topic) => ({ topic, ...interest }));

export const CAST: readonly Role[] = [
  { name: 'publisher-1', encoding: 'json', gateway: 0, interests: [], publishes: 'ordered' },
  { name: 'publisher-2', encoding: 'msgpack', gateway: 1, interests: [], publishes: 'ordered' },
  { name: 'publisher-3', encoding: 'msgpack', gateway: 0, interests: [], publishes: 'pipelined' },
  { name: 'publisher-4', encoding: 'json', gateway: 1, interests: [], publishes: 'pipelined' },
  { name: 'reader-1', encoding: 'msgpack', gateway: 0, interests: everyTopic({ mode: 'stream' }) },
  { name: 'reader-2', encoding: 'json', gateway: 1, interests: everyTopic({ mode: 'stream', checksum: true }) },
  { name: 'reader-3', encoding: 'msgpack', gateway: 1, interests: everyTopic({ mode: 'stream', confirmWindow: 16 }) },
  {
    name: 'reader-4',
    encoding: 'json',
    gateway: 0,
    interests: [
      { topic: 'a', mode: 'latest' },
      { topic: 'b', mode: 'keyed', from: 'snapshot' },
      { topic: 'c', mode: 'volatile' },
    ],
  },
];

/** Who reads what is stored when a round is over. */
export const AUDITOR = 'auditor';

export function tokenOf(name: string): string {
  return `token-of-${name}`;
}

export const STORM_POLICY = {
  users: [
    ...CAST.map(({ name, publishes }) => ({
      name,
      token: tokenOf(name),
      allow: [{ pattern: 'storm.>', actions: publishes === undefined ? ['subscribe'] : ['publish'] }],
    })),
    { name: AUDITOR, token: tokenOf(AUDITOR), allow: [{ pattern: 'storm.>', actions: ['subscribe'] }] },
  ],
};
