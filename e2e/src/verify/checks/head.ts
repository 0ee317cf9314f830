/** I7 and the end of I4: where a quiet topic stands, and whether what came is what was sent. §5.7, §5.9. */

import type { MessageFrame } from '@micro-socket/protocol';
import type { Check } from '../check.ts';
import { checksumOf, grownBy } from '../checksum.ts';
import type { CheckContext } from '../context.ts';
import { must, same, sameBytes, show } from '../expect.ts';
import { Mismatch } from '../mismatch.ts';
import { lastOf, publishMany } from '../traffic.ts';

const level = 'durable';

/** Payloads whose canonical JSON is not how they were written. */
const PAYLOADS: readonly unknown[] = [
  { b: 1, a: [1.0, 2.5, 1e21 % 1e15], é: 'ç', e: null },
  ['\u20ac', '\r\n', { '\u20ac': 1, '\r': 2, '1': 3, '\ud83d\ude00': 4, '\ufb33': 5 }],
  -0.5,
  'plain',
  null,
];

export const headChecks: readonly Check[] = [
  {
    id: 'head',
    level,
    waits: true,
    title: 'tells the subscribers of a quiet topic where it stands',
    proves: ['I4', '§5.7', '§8'],
    async run(context) {
      const { headIntervalMs } = context.settings.limits;
      context.needPatience('headIntervalMs', headIntervalMs);
      const publisher = await context.connect();
      const readers = [await context.connect(), await context.connect()];
      const topic = context.topic();
      for (const reader of readers) await reader.subscribe(topic);
      const { ack } = lastOf(await publishMany(context, publisher, topic, 3));
      for (const reader of readers) {
        const head = await untilHead(reader, topic, ack.seqNo);
        same('epoch and checksum', [head.epoch, head.checksum], [ack.epoch, undefined]);
        noHeadAhead(reader, topic);
      }
      const [one, other] = readers.map((reader) => lastOf(headsOf(reader, topic)).body);
      if (one !== undefined && other !== undefined && !sameBytes(one, other)) {
        throw new Mismatch(`the bytes ${show(one)}`, show(other));
      }
    },
  },
  {
    id: 'checksum',
    level,
    waits: true,
    title: 'lets the checksum of a topic grow by what its messages add, from subscribed to head and from head to head',
    proves: ['I7', '§5.2', '§5.7'],
    async run(context) {
      context.needPatience('headIntervalMs', context.settings.limits.headIntervalMs);
      const publisher = await context.connect();
      const reader = await context.connect();
      const topic = context.topic();
      await publishPayloads(context, publisher, topic);
      const subscribed = await reader.subscribe(topic, { checksum: true });
      let [atSeqNo, at] = [subscribed.headSeqNo, checksumIn(subscribed)];
      for (let round = 1; round <= 2; round++) {
        await publishPayloads(context, publisher, topic);
        const messages = await reader.untilMessages(topic, round * PAYLOADS.length);
        const head = await untilHead(reader, topic, lastOf(messages).seqNo);
        const between = messages.filter(({ seqNo }) => seqNo > atSeqNo);
        same('how much the checksum has grown', grownBy(at, checksumIn(head)), checksumOf(between));
        [atSeqNo, at] = [head.seqNo, checksumIn(head)];
      }
    },
  },
  {
    id: 'checksum-of-the-past',
    level,
    title: 'says in live what the messages that were asked for add, and in subscribed where the checksum stands',
    proves: ['I7', '§5.2', '§5.9', '§4.6'],
    async run(context) {
      const publisher = await context.connect();
      const reader = await context.connect();
      const other = await context.connect();
      const topic = context.topic();
      const before = checksumIn(await other.subscribe(topic, { checksum: true }));
      await publishPayloads(context, publisher, topic);
      const all = await other.untilMessages(topic, PAYLOADS.length);
      const subscribed = await reader.subscribe(topic, { from: { last: 3 }, checksum: true });
      same('how much the checksum has grown', grownBy(before, checksumIn(subscribed)), checksumOf(all));
      const live = await reader.first('live', { topic });
      same('the checksum of live', live.checksum, checksumOf(reader.messages(topic)));
      const [second, , fourth] = all.slice(1);
      const range = { fromSeqNo: second?.seqNo ?? 0, toSeqNo: fourth?.seqNo ?? 0 };
      const replayed = await reader.ask({ type: 'replay', topic, ...range }, 'live');
      same('the checksum of the replay', replayed.checksum, checksumOf(all.slice(2, 4)));
    },
  },
];

async function publishPayloads(
  context: CheckContext,
  publisher: Parameters<typeof publishMany>[1],
  topic: string,
): Promise<void> {
  const ref = context.messageId();
  await publishMany(context, publisher, topic, PAYLOADS.length, (n) => ({
    payload: PAYLOADS[n - 1],
    ...(n % 2 === 0 ? { key: `k"${n}` } : {}),
    ...(n % 3 === 0 ? { ref } : {}),
  }));
}

function checksumIn(frame: { readonly checksum?: number }): number {
  if (frame.checksum === undefined) throw new Mismatch('a checksum, which was asked for', show(frame));
  return frame.checksum;
}

type Reader = Parameters<typeof publishMany>[1];

function untilHead(reader: Reader, topic: string, seqNo: number) {
  return reader.until(
    `head of ${topic} at ${seqNo}`,
    () => reader.frames('head', { topic }).find((head) => head.seqNo === seqNo),
    () => show(reader.frames('head', { topic }).at(-1)),
  );
}

function headsOf(reader: Reader, topic: string) {
  return reader.arrivals.filter(({ frame }) => frame.type === 'head' && frame.topic === topic);
}

/** A head never comes before a message that it covers. */
function noHeadAhead(reader: Reader, topic: string): void {
  let covered = 0;
  for (const { frame } of reader.arrivals) {
    if (frame.type === 'head' && frame.topic === topic) covered = Math.max(covered, frame.seqNo);
    const isLate = frame.type === 'message' && frame.topic === topic && (frame as MessageFrame).seqNo <= covered;
    must(`no message up to ${covered} after the head that covers it`, !isLate, frame);
  }
}
