/** Byte streams, to the byte: §3.4. */

import { codecFor, type GatewayFrame, subprotocolOf } from '@micro-socket/protocol';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { must, same } from '../expect.ts';
import { expectError } from '../peer.ts';
import { written } from '../raw.ts';
import { closeRecord, framed, lengthOf, RawStream, type StreamRecord } from '../raw-stream.ts';

const level = 'core';

export const byteStreamChecks: readonly Check[] = [
  {
    id: 'stream-preface',
    level,
    title: 'answers the preface with the same line, and takes frames that come right behind it',
    proves: ['§3.4', '§4.1'],
    async run(context) {
      await onStream(context, async (stream) => {
        stream.write(preface(context), framed(setup(context)));
        same('the line', await stream.firstLine(), subprotocolOf(context.encoding));
        const [record] = await stream.records(1);
        same('the first frame', frameIn(context, record).type, 'ready');
      });
    },
  },
  {
    id: 'stream-refusal',
    level,
    title: 'answers another first line with refused: and a sentence, and ends the stream',
    proves: ['§3.4'],
    async run(context) {
      const openings = [
        'chat.v7\n',
        'GET / HTTP/1.1\r\n\r\n',
        `${subprotocolOf(context.encoding)}\r\n`,
        'x'.repeat(500),
      ];
      for (const opening of openings) {
        await onStream(context, async (stream) => {
          stream.write(opening);
          const answer = await stream.ended();
          must('one line of refused: and a sentence', /^refused: [^\n]+\n$/.test(answer), answer);
          must('at most 1024 bytes', Buffer.byteLength(answer) <= 1_024, Buffer.byteLength(answer));
        });
      }
    },
  },
  {
    id: 'stream-close-record',
    level,
    title: 'ends a stream with a close record, and ends its side without one when the client sent it',
    proves: ['§3.4', '§7'],
    async run(context) {
      await onStream(context, async (stream) => {
        const body = written(context.encoding, { type: 'setup', protocol: 2 });
        stream.write(preface(context), framed(body));
        const [error, close] = await stream.records(2);
        expectError(frameIn(context, error), 'VERSION_UNSUPPORTED');
        same('the close record', [close?.kind, close?.code], ['close', 4001]);
        await stream.ended();
      });
      await onStream(context, async (stream) => {
        stream.write(preface(context), framed(setup(context)));
        await stream.records(1);
        stream.write(closeRecord(1000, 'done'));
        await stream.ended();
        same('the number of records', (await stream.records(1)).length, 1);
      });
    },
  },
  {
    id: 'stream-length',
    level,
    title: 'closes with 1009 at a length beyond frameBytesReadMax, before the body has come',
    proves: ['§3.4', '§7', '§8'],
    async run(context) {
      const { frameBytesReadMax } = context.settings.limits;
      await onStream(context, async (stream) => {
        stream.write(preface(context), lengthOf(frameBytesReadMax + 1));
        const [close] = await stream.records(1);
        same('the close record', [close?.kind, close?.code], ['close', 1009]);
      });
    },
  },
  {
    id: 'stream-not-utf8',
    level,
    title: 'closes with 1007 when JSON is not UTF-8',
    proves: ['§3.4', '§7'],
    encodings: ['json'],
    async run(context) {
      await onStream(context, async (stream) => {
        stream.write(preface(context), framed(Uint8Array.of(0x22, 0xc3, 0x28, 0x22)));
        const [close] = await stream.records(1);
        same('the close record', [close?.kind, close?.code], ['close', 1007]);
      });
    },
  },
  {
    id: 'stream-preface-deadline',
    level,
    waits: true,
    title: 'cuts a stream whose preface does not come to its end in time',
    proves: ['§3.4', '§8'],
    async run(context) {
      context.needStream();
      context.needPatience('setupDeadlineMs', context.settings.limits.setupDeadlineMs);
      await onStream(context, async (stream) => {
        stream.write(preface(context).slice(0, 10));
        await stream.ended();
      });
    },
  },
];

async function onStream(context: CheckContext, use: (stream: RawStream) => Promise<void>): Promise<void> {
  context.needStream();
  const stream = RawStream.open(context.settings);
  try {
    await use(stream);
  } finally {
    stream.cut();
  }
}

function preface({ encoding }: CheckContext): string {
  return `${subprotocolOf(encoding)}\n`;
}

function setup(context: CheckContext): string | Uint8Array {
  return written(context.encoding, { type: 'setup', protocol: 1, ...context.credentials() });
}

function frameIn({ encoding }: CheckContext, record: StreamRecord | undefined): GatewayFrame {
  same('a frame', record?.kind, 'frame');
  const body = record?.body ?? Buffer.alloc(0);
  return codecFor(encoding).decode(encoding === 'json' ? body.toString('utf8') : new Uint8Array(body), 'gateway');
}
