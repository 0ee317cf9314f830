/** Readers that do not keep up: §4.2, §5.10, §9.2. Nobody else notices, and nothing is lost without a word. */

import type { SubscriptionMode } from '@micro-socket/protocol';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { same, show } from '../expect.ts';
import { Mismatch } from '../mismatch.ts';
import type { PausableConnection } from '../pausable.ts';
import type { VerifyPeer } from '../peer.ts';
import {
  lastOf,
  type Published,
  publishMany,
  rising,
  type SnapshotEntry,
  sameMessages,
  unbrokenChain,
} from '../traffic.ts';

const level = 'ordered';

/** More bytes than the socket buffers of both sides take, in frames that any gateway reads. */
const FLOOD_MESSAGES = 320;
const FLOOD_PAYLOAD = 'x'.repeat(48_000);

/** A gateway that keeps more is not filled until it gives up the oldest. */
const RETENTION_TRIED_MAX = 5_000;

/** More than a gateway keeps, so that it gives up whatever was there before. */
const BEYOND_RETENTION = 200;

/** How often the slow reader says that it is there: far more often than any gateway asks. */
const TALK_MS = 250;

const KEYS = ['a', 'b', 'c'] as const;

/** How many messages are published before the quick reader is waited for. */
const PACE_MESSAGES = 32;

export const slowReaderChecks: readonly Check[] = [
  {
    id: 'slow-stream',
    level,
    title:
      'gives a stream reader that was too slow everything in order, or tells it what it missed before anything else',
    proves: ['I4', 'I3', '§4.2', '§5.3', '§5.10', '§9.2'],
    async run(context) {
      const all = await readers(context, 'stream');
      const { slow, quick, topic, connection } = all;
      const published = await flood(context, all);
      // What filled the buffers is given up for these, so a reader that stands in it can no longer be served.
      published.push(...(await publishBeyondRetention(context, all)));
      sameMessages(await quick.untilMessages(topic, published.length), published);
      connection.resumeReading();
      await slow.until('every message, or lagged', () => {
        const isTold = slow.frames('lagged', { topic }).length > 0;
        return isTold || slow.messages(topic).length === published.length ? true : undefined;
      });
      const messages = slow.messages(topic);
      sameMessages(messages, published.slice(0, messages.length));
      unbrokenChain({ seqNo: 0 }, messages);
      if (messages.length < published.length) await wasTold(slow, topic, published);
    },
  },
  {
    id: 'slow-latest',
    level,
    title: 'gives a latest reader that was too slow the newest message when it reads again',
    proves: ['§4.2', 'I3', '§9.2'],
    async run(context) {
      await conflates(context, 'latest');
    },
  },
  {
    id: 'slow-keyed',
    level,
    title: 'gives a keyed reader that was too slow the newest message of each key when it reads again',
    proves: ['§4.2', 'I3', '§9.2'],
    async run(context) {
      await conflates(context, 'keyed');
    },
  },
];

interface Readers {
  readonly topic: string;
  readonly publisher: VerifyPeer;
  readonly quick: VerifyPeer;
  readonly slow: VerifyPeer;
  /** The slow one's, which has stopped to read. */
  readonly connection: PausableConnection;
}

async function readers(context: CheckContext, mode: SubscriptionMode): Promise<Readers> {
  const publisher = await context.connect();
  const { messagesMax } = publisher.ready.retention;
  if (messagesMax > RETENTION_TRIED_MAX) context.skip(`retention.messagesMax is ${messagesMax}: too many to send`);
  const quick = await context.connect();
  const { peer: slow, connection } = await context.connectWebSocket();
  const topic = context.topic();
  await quick.subscribe(topic);
  await slow.subscribe(topic, { mode });
  connection.pauseReading();
  // It reads too slowly and is not silent: pings that it has not read yet are answered all the same.
  const talking = setInterval(() => slow.send({ type: 'pong', time: 0 }), TALK_MS);
  context.onEnd(() => clearInterval(talking));
  return { topic, publisher, quick, slow, connection };
}

/** Publishes more than the slow reader's buffers take. */
function flood(context: CheckContext, readers: Readers): Promise<Published[]> {
  return publishPaced(context, readers, FLOOD_MESSAGES, (n) => ({
    payload: `${n} ${FLOOD_PAYLOAD}`,
    key: KEYS[n % KEYS.length],
  }));
}

/** Publishes small messages until the gateway has given up all that were in the topic before. */
function publishBeyondRetention(context: CheckContext, readers: Readers): Promise<Published[]> {
  const { messagesMax } = readers.publisher.ready.retention;
  return publishPaced(context, readers, messagesMax + BEYOND_RETENTION, () => ({}));
}

/** Publishes no faster than the quick reader reads, so that it is quick whatever machine this is. */
async function publishPaced(
  context: CheckContext,
  { publisher, quick, topic }: Readers,
  count: number,
  fieldsOf: (n: number) => object,
): Promise<Published[]> {
  const published: Published[] = [];
  const before = quick.messages(topic).length;
  while (published.length < count) {
    const done = published.length;
    const batch = Math.min(PACE_MESSAGES, count - done);
    published.push(...(await publishMany(context, publisher, topic, batch, (n) => fieldsOf(done + n))));
    await quick.untilMessages(topic, before + published.length);
  }
  return published;
}

/** `lagged` names exactly what is missing, `unsubscribed` follows it, and nothing else of the topic does. */
async function wasTold(slow: VerifyPeer, topic: string, published: readonly Published[]): Promise<void> {
  const lagged = await slow.first('lagged', { topic });
  const got = slow.messages(topic).at(-1)?.seqNo ?? 0;
  const missing = { fromSeqNo: got, toSeqNo: lastOf(published).ack.seqNo };
  same('what lagged names', { fromSeqNo: lagged.fromSeqNo, toSeqNo: lagged.toSeqNo }, missing);
  same('the reason of unsubscribed', (await slow.first('unsubscribed', { topic })).reason, 'lagged');
  await slow.barrier();
  const after = slow.arrivals.slice(slow.arrivals.findIndex(({ frame }) => frame === lagged) + 1);
  const types = after.filter(({ frame }) => 'topic' in frame && frame.topic === topic).map(({ frame }) => frame.type);
  same('what came of the topic after lagged', types, ['unsubscribed']);
}

async function conflates(context: CheckContext, mode: 'latest' | 'keyed'): Promise<void> {
  const all = await readers(context, mode);
  const { slow, quick, topic, connection } = all;
  const published = await flood(context, all);
  sameMessages(await quick.untilMessages(topic, published.length), published);
  connection.resumeReading();
  const newest = published.slice(mode === 'latest' ? -1 : -KEYS.length);
  for (const { messageId } of newest) {
    await slow.until(
      `message ${messageId}, one of the newest`,
      () => given(slow, topic).find((one) => one.messageId === messageId),
      () => `${given(slow, topic).length} others, the last one ${given(slow, topic).at(-1)?.messageId ?? 'none'},`,
    );
  }
  const messages = [...slow.messages(topic)];
  rising(messages);
  const known = new Map(published.map((one) => [one.messageId, one.payload]));
  for (const { messageId, data } of given(slow, topic)) {
    if (known.get(messageId) !== data) throw new Mismatch('a message that was published', show({ messageId, data }));
  }
  // The gateway is not to keep, for whoever comes next, what was only there to fill buffers.
  await publishBeyondRetention(context, all);
  if (messages.length === published.length) context.skip('the reader never fell behind: the system’s buffers took all');
}

/** What the reader was given, as messages or as a snapshot of what they would have told it. */
function given(slow: VerifyPeer, topic: string): readonly SnapshotEntry[] {
  const entries = slow.frames('snapshot', { topic }).flatMap((snapshot) => snapshot.entries);
  return [...slow.messages(topic), ...entries];
}
