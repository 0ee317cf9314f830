/** A publisher must notice everything that a backbone can get wrong: each of these does one thing wrong, once. */

import { describe, expect, onTestFinished, test } from 'vitest';
import { Messages } from '../src/load/message.ts';
import { type PublishBounds, PublishLoop } from '../src/load/publish-loop.ts';
import { EchoSink } from '../src/sinks/echo-sink.ts';
import { GatewaySink } from '../src/sinks/gateway-sink.ts';
import { type Spoils, startBrokenLog } from './fixtures/broken-log.ts';
import { start as startDamagingEcho } from './fixtures/damaging-echo.ts';

const messages = new Messages({ payloadBytes: 128, idPrefix: 'test', topics: ['bench.a'] });
const bounds: PublishBounds = { inFlight: 4, durationMs: 600_000, messagesMax: 40 };

async function publishTo(spoils: Spoils, silenceMsMax = 60_000): Promise<void> {
  const log = await startBrokenLog(spoils);
  const sink = new GatewaySink({ address: log.address, messages, openMsMax: 60_000 });
  onTestFinished(async () => {
    await sink.close();
    log.close();
  });
  await sink.open();
  const loop = new PublishLoop({ sink, silenceMsMax });
  const { messages: count } = await loop.run(bounds);
  expect(count).toBe(40);
  await sink.verify();
}

interface Fault {
  readonly title: string;
  readonly spoils: Spoils;
  readonly code: string;
  readonly says: RegExp;
  readonly silenceMsMax?: number;
}

const faults: readonly Fault[] = [
  {
    title: 'one that never answers',
    spoils: { answer: (ack, number) => (number === 22 ? [] : [ack]) },
    code: 'MESSAGE_LOST',
    // A machine that stands still loses another message first, which is told in the same words.
    says: /^message \d+ was not acknowledged within 500 ms$/,
    silenceMsMax: 500,
  },
  {
    title: 'one that answers twice',
    spoils: { answer: (ack, number) => (number === 22 ? [ack, ack] : [ack]) },
    code: 'UNEXPECTED_FRAME',
    says: /^message 22 was acknowledged though nobody waited for it$/,
  },
  {
    title: 'one that takes a message for a repeat',
    spoils: { answer: (ack, number) => [number === 22 ? { ...ack, status: 'duplicate' } : ack] },
    code: 'UNEXPECTED_FRAME',
    says: /"status":"duplicate"/,
  },
  {
    title: 'one that answers for another message',
    spoils: { answer: (ack, number) => [number === 22 ? { ...ack, messageId: 'test-21' } : ack] },
    code: 'UNEXPECTED_FRAME',
    says: /"messageId":"test-21"/,
  },
  {
    title: 'one that refuses',
    spoils: { answer: (ack, number) => [number === 22 ? { type: 'error', id: ack.id, code: 'OVERLOADED' } : ack] },
    code: 'UNEXPECTED_FRAME',
    says: /OVERLOADED/,
  },
  {
    title: 'one that gives two messages one place',
    spoils: { answer: (ack, number) => [number === 22 ? { ...ack, seqNo: ack.seqNo - 1 } : ack] },
    code: 'MESSAGE_OUT_OF_ORDER',
    says: /^message 22 was acknowledged at 22, and message 21 before it at 22$/,
  },
  {
    title: 'one that acknowledges and does not store',
    spoils: { store: (message, number) => (number === 22 ? [] : [message]) },
    code: 'MESSAGE_LOST',
    says: /is not in the history/,
  },
  {
    title: 'one that stores other bytes',
    spoils: { store: (message, number) => [number === 22 ? { ...message, data: { number } } : message] },
    code: 'MESSAGE_DAMAGED',
    says: /^message 22 of bench\.a, acknowledged at 23, has other bytes in the history$/,
  },
  {
    title: 'one that breaks the chain',
    spoils: { store: (message, number) => [number === 22 ? { ...message, prevSeqNo: 21 } : message] },
    code: 'MESSAGE_DAMAGED',
    says: /^message 22 of bench\.a, acknowledged at 23, follows 21 in the history, not 22$/,
  },
];

describe('a publisher', () => {
  test('counts what is acknowledged, and finds it in the history', () => publishTo({}));

  test.for(faults)('finds $title ($code)', async ({ spoils, code, says, silenceMsMax }) => {
    await expect(publishTo(spoils, silenceMsMax)).rejects.toMatchObject({ code, message: expect.stringMatching(says) });
  });

  test('finds a server that sends back other bytes', async () => {
    const sink = await EchoSink.open({ address: await startDamagingEcho(), messages, openMsMax: 60_000 });
    onTestFinished(() => sink.close());
    const run = new PublishLoop({ sink, silenceMsMax: 60_000 }).run(bounds);
    await expect(run).rejects.toMatchObject({
      code: 'MESSAGE_DAMAGED',
      message: 'other bytes came back in place of message 22',
    });
  });

  test('says so when nobody listens where it is sent to', async () => {
    const log = await startBrokenLog({});
    log.close();
    const sink = new GatewaySink({ address: log.address, messages, openMsMax: 60_000 });
    await expect(sink.open()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });

  test('spreads its messages over topics, and keeps the order of each', async () => {
    const topics = ['bench.a', 'bench.b', 'bench.c'];
    const spread = new Messages({ payloadBytes: 128, idPrefix: 'test', topics });
    expect([0, 1, 2, 3].map((number) => spread.topicOf(number))).toEqual([...topics, 'bench.a']);
    expect(JSON.parse(spread.frameOf(4))).toMatchObject({ id: 4, topic: 'bench.b', messageId: 'test-4' });
  });
});
