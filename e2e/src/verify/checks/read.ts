/** Asking once for a part of what a topic holds: §4.12, §5.17. */

import type { PageFrame, ReadFrame } from '@micro-socket/protocol';
import type { Check } from '../check.ts';
import { must, same } from '../expect.ts';
import type { VerifyPeer } from '../peer.ts';
import { lastOf, type Published, positionOf, publishMany } from '../traffic.ts';

const level = 'ordered';

export const readChecks: readonly Check[] = [
  {
    id: 'read',
    level,
    title: 'reads the newest messages, and those after a seqNo, without a subscription',
    proves: ['§4.12', '§5.17'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      const published = await publishMany(context, peer, topic, 8);
      const newest = await read(peer, topic, { last: 3 });
      sameEntries(newest, published.slice(5));
      same('the position before them', newest.seqNo, seqNoOf(published, 5));
      const after = await read(peer, topic, { after: seqNoOf(published, 2) }, 4);
      sameEntries(after, published.slice(2, 6));
      chained(seqNoOf(published, 2), after);
      sameEntries(await read(peer, topic, { after: seqNoOf(published, 8) }), []);
    },
  },
  {
    id: 'read-head',
    level,
    title: 'reads where a topic stands, and of an unused one that it stands at 0',
    proves: ['§4.12', '§5.17'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      const unused = await read(peer, topic, 'head');
      same('the seqNo of an unused topic', unused.seqNo, 0);
      const published = await publishMany(context, peer, topic, 2);
      const { epoch, seqNo, messageId, entries } = await read(peer, topic, 'head');
      same('the head', { epoch, seqNo, messageId }, positionOf(lastOf(published)));
      same('messages', entries, []);
    },
  },
  {
    id: 'read-snapshot',
    level,
    title: 'reads the state of a topic: the newest message of each key, complete up to the position',
    proves: ['§4.12', '§5.6', '§5.17'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      const published = await publishMany(context, peer, topic, 6, (n) => ({ key: `k${n % 2}` }));
      const state = await read(peer, topic, 'snapshot');
      sameEntries(state, published.slice(4));
      same('the position', state.seqNo, seqNoOf(published, 6));
    },
  },
  {
    id: 'read-anchored',
    level: 'durable',
    title: 'reads after a position only if the very message is there, and says so',
    proves: ['§4.12', '§5.17', 'I6'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      const published = await publishMany(context, peer, topic, 5);
      const third = positionOf(published[2] as Published);
      const found = await read(peer, topic, third);
      same('anchored', found.anchored, true);
      sameEntries(found, published.slice(3));
      const asked = await read(peer, topic, third, 0);
      same('anchored, with limit 0', asked.anchored, true);
      sameEntries(asked, []);
      const elsewhere = [
        { ...third, messageId: context.messageId() },
        { ...third, epoch: 'another-epoch' },
      ];
      for (const position of elsewhere) {
        const other = await read(peer, topic, position);
        same('anchored, at a position of another message', other.anchored, false);
        sameEntries(other, []);
      }
    },
  },
];

async function read(peer: VerifyPeer, topic: string, from: ReadFrame['from'], limit?: number): Promise<PageFrame> {
  const page = await peer.ask({ type: 'read', topic, from, ...(limit === undefined ? {} : { limit }) }, 'page');
  must('an answer in one part, as it is this short', page.last, page.last);
  return page;
}

function sameEntries({ entries }: PageFrame, published: readonly Published[]): void {
  same(
    'the messages of the page',
    entries.map(({ seqNo, messageId, data }) => ({ seqNo, messageId, data })),
    published.map(({ messageId, payload, ack }) => ({ seqNo: ack.seqNo, messageId, data: payload })),
  );
}

function chained(afterSeqNo: number, { entries }: PageFrame): void {
  let last = afterSeqNo;
  for (const { seqNo, prevSeqNo } of entries) {
    same(`prevSeqNo of the message at ${seqNo}`, prevSeqNo, last);
    last = seqNo;
  }
}

/** The seqNo of the n-th message, from 1 on. */
function seqNoOf(published: readonly Published[], n: number): number {
  return (published[n - 1] as Published).ack.seqNo;
}
