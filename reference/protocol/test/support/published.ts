/**
 * The frames as they are published, by hand: number, then the fields in MessagePack order. `?` marks one that may be left
 * out, `(json)` and `(msgpack)` one that only this encoding carries. A line changes only by appending to it.
 */

import type { Direction, Encoding, FrameType } from '../../src/index.ts';

const LINES: { readonly [From in Direction]: readonly string[] } = {
  client: [
    'setup 1 protocol token? client? topics? resume?',
    'subscribe 2 id topic mode? from? onGap? maxRateHz? confirmWindow? checksum?',
    'unsubscribe 3 id topic',
    'publish 4 id topic messageId payload key? ref? expectSeqNo? ttlMs? signature? publisher? by?',
    'confirm 5 topic seqNo',
    'replay 6 id topic fromSeqNo toSeqNo?',
    'resume 7 id sessionId resumeKey subscriptions',
    'presence 18 id topic action data?',
    'refresh 19 id token',
    'modify 21 id topic maxRateHz?',
    'pong 20 time',
    'read 22 id topic from limit?',
  ],
  gateway: [
    'ready 32 sessionId gateway time heartbeatMs limits durability retention dedupWindowMs resumeKey expiresAt?',
    'subscribed 33 id? topic alias epoch seqNo messageId? recovered headSeqNo maxRateHz? checksum?',
    'unsubscribed 34 id? topic reason why?',
    'ack 35 id messageId status epoch seqNo',
    'message 36 topic(json) alias(msgpack) seqNo prevSeqNo messageId time data key? ref? by? ttlMs? signature?',
    'snapshot 37 topic(json) alias(msgpack) seqNo entries last',
    'head 38 topic(json) alias(msgpack) epoch seqNo checksum?',
    'health 39 topic(json) alias(msgpack) state lagMs',
    'live 40 id? topic seqNo checksum?',
    'lagged 41 topic fromSeqNo toSeqNo why',
    'error 43 id? code message retry afterMs? topic?',
    'ping 44 time',
    'goodbye 45 code reason reconnectMinMs? reconnectMaxMs?',
    'resumed 46 id sessionId resumeKey',
    'refreshed 47 id expiresAt?',
    'modified 48 id topic maxRateHz?',
    'page 49 id topic epoch seqNo messageId? anchored? entries last',
  ],
};

export interface PublishedField {
  readonly name: string;
  readonly optional: boolean;
  /** The one encoding that carries it, where there is one. */
  readonly only: Encoding | undefined;
}

export interface PublishedFrame {
  readonly name: FrameType;
  readonly number: number;
  readonly direction: Direction;
  readonly fields: readonly PublishedField[];
}

export const PUBLISHED: readonly PublishedFrame[] = [
  ...LINES.client.map((line) => parse(line, 'client')),
  ...LINES.gateway.map((line) => parse(line, 'gateway')),
];

/** The fields of a frame that an encoding carries, in order. */
export function publishedFields(name: string, encoding: Encoding): readonly PublishedField[] {
  return publishedFrame(name).fields.filter(({ only }) => only === undefined || only === encoding);
}

export function publishedFrame(name: string): PublishedFrame {
  const found = PUBLISHED.find((frame) => frame.name === name);
  if (found === undefined) throw new Error(`No frame ${name} is published.`);
  return found;
}

function parse(line: string, direction: Direction): PublishedFrame {
  const [name, number, ...fields] = line.split(' ');
  return { name: name as FrameType, number: Number(number), direction, fields: fields.map(parseField) };
}

function parseField(text: string): PublishedField {
  const [, name = '', mark, only] = /^(\w+)(\?)?(?:\((json|msgpack)\))?$/.exec(text) ?? [];
  return { name, optional: mark === '?', only: only as Encoding | undefined };
}
