/** One typical frame and one with every field, of every type: what `frames.json` shows other implementations. */

import type { Frame, ResumeFrame, SubscriptionRequest } from '../src/index.ts';

export interface Example {
  readonly name: string;
  /** A shared frame names its topic in both ways; each encoding carries its own. */
  readonly frame: Frame;
}

const topic = 'prices.eurusd';
const alias = 7;
const epoch = '8s7e4wc3afrk';
const messageId = '01M7Y8CQV6E41A4ENANETX98B2';
const previousId = '01M7Y8CQV44QS6MCRS2ZJPRANP';
const sessionId = 'nfe60q2xdqemq8bwmw8p';
const resumeKey = 'mcrqk3vd.2c9y0x6r3fjr8b1tq5w7zd4h6m';
const time = 1_795_238_027_110.5;
const quote = { bid: 108_412, ask: 108_415 };
const signature = { alg: 'Ed25519', keyId: 'desk-7', value: 'x7fA0Zk3-_sEb1' };
const extras = { key: 'eurusd', ref: previousId, by: 'desk 7', ttlMs: 60_000, signature };

const position = { epoch, seqNo: 42, messageId };

const options: Omit<SubscriptionRequest, 'topic'> = {
  mode: 'stream',
  from: position,
  onGap: 'snapshot',
  maxRateHz: 0.5,
  confirmWindow: 100,
  checksum: true,
};

const resume: Omit<ResumeFrame, 'type' | 'id'> = {
  sessionId,
  resumeKey,
  subscriptions: [
    { topic, mode: 'stream', from: position, onGap: 'reject', confirmWindow: 100, checksum: true },
    { topic: 'prices.gbpusd', mode: 'keyed', from: 'snapshot', maxRateHz: 5 },
    { topic: 'chat.room-7', from: { last: 50 } },
  ],
};

/** A payload with every kind of JSON value, each in more than one form of MessagePack. */
const everyValue = {
  nothing: null,
  flags: [true, false],
  whole: [0, 1, 127, 128, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296, Number.MAX_SAFE_INTEGER],
  negative: [-1, -32, -33, -128, -129, -32_768, -32_769, -2_147_483_648, -2_147_483_649, -Number.MAX_SAFE_INTEGER],
  fractions: [0.5, -0.1, 1.08412, 1e-300],
  texts: ['', 'plain', 'kurulum – ağ geçidi', '日本語', '😀', '"\\/\b\f\n\r\t\u0000\u007f', 'x'.repeat(32)],
  'a key with spaces': { inside: [{}, [], [[]]] },
};

export const EXAMPLES: readonly Example[] = [
  { name: 'setup, without a token', frame: { type: 'setup', protocol: 1 } },
  { name: 'setup, with a token', frame: { type: 'setup', protocol: 1, token: 'reader-token' } },
  {
    name: 'setup, with every field',
    frame: {
      type: 'setup',
      protocol: 1,
      token: 'reader-token',
      client: { name: 'my-client', version: '1.0.0' },
      topics: [topic, 'chat:room-7.typing'],
      resume,
    },
  },
  { name: 'subscribe, to what is new', frame: { type: 'subscribe', id: 1, topic } },
  {
    name: 'subscribe, with every field: well formed, although maxRateHz and confirmWindow exclude each other',
    frame: { type: 'subscribe', id: 1, topic, ...options },
  },
  {
    name: 'subscribe, to the state of each key',
    frame: { type: 'subscribe', id: 1, topic, mode: 'keyed', from: 'snapshot', maxRateHz: 5 },
  },
  { name: 'subscribe, from the newest messages', frame: { type: 'subscribe', id: 1, topic, from: { last: 100 } } },
  {
    name: 'subscribe, from the beginning of an epoch',
    frame: { type: 'subscribe', id: 1, topic, from: { epoch, seqNo: 0 }, onGap: 'reject' },
  },
  { name: 'unsubscribe', frame: { type: 'unsubscribe', id: 3, topic } },
  { name: 'publish, a payload', frame: { type: 'publish', id: 2, topic, messageId, payload: quote } },
  {
    name: 'publish, with every field',
    frame: {
      ...{ type: 'publish', id: 2, topic, messageId, payload: everyValue, key: 'eurusd', ref: previousId },
      ...{ expectSeqNo: 41, ttlMs: 60_000, signature, publisher: 'desk 7', by: 'desk 7' },
    },
  },
  { name: 'publish, the payload null', frame: { type: 'publish', id: 2, topic, messageId, payload: null } },
  {
    name: 'publish, the payload null for a key, which removes it',
    frame: { type: 'publish', id: 2, topic, messageId, payload: null, key: 'eurusd' },
  },
  {
    name: 'publish, by a gateway for somebody',
    frame: { type: 'publish', id: 2, topic, messageId, payload: quote, publisher: 'ann', by: 'ann' },
  },
  { name: 'confirm', frame: { type: 'confirm', topic, seqNo: 42 } },
  { name: 'replay, up to the head', frame: { type: 'replay', id: 9, topic, fromSeqNo: 17 } },
  { name: 'replay, with every field', frame: { type: 'replay', id: 9, topic, fromSeqNo: 17, toSeqNo: 25 } },
  { name: 'resume', frame: { type: 'resume', id: 3, ...resume } },
  { name: 'resume, without subscriptions', frame: { type: 'resume', id: 3, sessionId, resumeKey, subscriptions: [] } },
  { name: 'presence, leave', frame: { type: 'presence', id: 4, topic: 'chat.room-7', action: 'leave' } },
  {
    name: 'presence, with every field',
    frame: { type: 'presence', id: 4, topic: 'chat.room-7', action: 'enter', data: { typing: false } },
  },
  { name: 'refresh', frame: { type: 'refresh', id: 5, token: 'reader-token-2' } },
  { name: 'modify, no bound', frame: { type: 'modify', id: 6, topic } },
  { name: 'modify, with every field', frame: { type: 'modify', id: 6, topic, maxRateHz: 2.5 } },
  { name: 'pong', frame: { type: 'pong', time: 1_795_238_027_101.5 } },
  { name: 'read, the head', frame: { type: 'read', id: 7, topic, from: 'head' } },
  { name: 'read, the newest', frame: { type: 'read', id: 7, topic, from: { last: 20 } } },
  { name: 'read, after a seqNo', frame: { type: 'read', id: 7, topic, from: { after: 17 }, limit: 50 } },
  {
    name: 'read, with every field',
    frame: { type: 'read', id: 7, topic, from: { epoch, seqNo: 41, messageId }, limit: 0 },
  },
  {
    name: 'ready, for a client without a token',
    frame: {
      ...{ type: 'ready', sessionId, gateway: 'gateway-5pnm0z', time: 1_795_238_027_101.25, heartbeatMs: 25_000 },
      limits: { frameBytesMax: 65_536, topicsPerConnectionMax: 1_000, unacknowledgedPublishesMax: 256 },
      ...{ durability: 'memory', retention: { messagesMax: 1_024 }, dedupWindowMs: 120_000, resumeKey },
    },
  },
  {
    name: 'ready, with every field',
    frame: {
      ...{ type: 'ready', sessionId, gateway: 'gateway-5pnm0z', time: 1_795_238_027_101.25, heartbeatMs: 25_000 },
      limits: { frameBytesMax: 65_536, topicsPerConnectionMax: 1_000, unacknowledgedPublishesMax: 256 },
      ...{ durability: 'memory', retention: { messagesMax: 1_024 }, dedupWindowMs: 120_000, resumeKey },
      expiresAt: 1_795_241_627_101,
    },
  },
  {
    name: 'subscribed, to a topic without messages, for setup',
    frame: { type: 'subscribed', topic, alias, epoch, seqNo: 0, recovered: 'none', headSeqNo: 0 },
  },
  {
    name: 'subscribed, at the head',
    frame: {
      ...{ type: 'subscribed', id: 1, topic, alias, epoch, seqNo: 41, messageId: previousId },
      ...{ recovered: 'none', headSeqNo: 41 },
    },
  },
  {
    name: 'subscribed, with every field',
    frame: {
      ...{ type: 'subscribed', id: 1, topic, alias, epoch, seqNo: 41, messageId: previousId },
      ...{ recovered: 'full', headSeqNo: 45, maxRateHz: 0.5, checksum: 2_774_096_519 },
    },
  },
  { name: 'unsubscribed, as asked', frame: { type: 'unsubscribed', id: 3, topic, reason: 'asked' } },
  { name: 'unsubscribed, by the gateway', frame: { type: 'unsubscribed', topic, reason: 'denied' } },
  {
    name: 'unsubscribed, because the topic has ended',
    frame: { type: 'unsubscribed', topic, reason: 'closed', why: 'The channel gold was deleted.' },
  },
  {
    name: 'unsubscribed, with every field: well formed, although an answer has no why',
    frame: { type: 'unsubscribed', id: 3, topic, reason: 'asked', why: 'It was asked for.' },
  },
  { name: 'ack', frame: { type: 'ack', id: 2, messageId, status: 'ok', epoch, seqNo: 42 } },
  { name: 'ack, a duplicate', frame: { type: 'ack', id: 2, messageId, status: 'duplicate', epoch, seqNo: 42 } },
  {
    name: 'message, a payload',
    frame: { type: 'message', topic, alias, seqNo: 42, prevSeqNo: 41, messageId, time, data: quote },
  },
  {
    name: 'message, with every field',
    frame: { type: 'message', topic, alias, seqNo: 42, prevSeqNo: 41, messageId, time, data: everyValue, ...extras },
  },
  {
    name: 'message, the payload null for a key',
    frame: {
      ...{ type: 'message', topic, alias, seqNo: 42, prevSeqNo: 41, messageId, time },
      ...{ data: null, key: 'eurusd' },
    },
  },
  {
    name: 'message, the first of a topic, with an alias and a seqNo of many bytes',
    frame: {
      ...{ type: 'message', topic, alias: 70_000, seqNo: 4_294_967_296, prevSeqNo: 0, messageId },
      ...{ time: 1_795_238_027_110, data: 'x' },
    },
  },
  {
    name: 'snapshot, without entries',
    frame: { type: 'snapshot', topic, alias, seqNo: 0, entries: [], last: true },
  },
  {
    name: 'snapshot, with every field',
    frame: {
      ...{ type: 'snapshot', topic, alias, seqNo: 42 },
      entries: [
        { seqNo: 41, messageId: previousId, time: 1_795_238_027_090, data: null },
        { seqNo: 42, messageId, time, data: quote, ...extras },
      ],
      last: false,
    },
  },
  { name: 'head', frame: { type: 'head', topic, alias, epoch, seqNo: 42 } },
  {
    name: 'head, with every field',
    frame: { type: 'head', topic, alias, epoch, seqNo: 42, checksum: 2_774_096_519 },
  },
  { name: 'health', frame: { type: 'health', topic, alias, state: 'late', lagMs: 412.5 } },
  { name: 'live, after subscribed', frame: { type: 'live', topic, seqNo: 45 } },
  { name: 'live, with every field', frame: { type: 'live', id: 9, topic, seqNo: 25, checksum: 4_040_212_405 } },
  {
    name: 'lagged',
    frame: { type: 'lagged', topic, fromSeqNo: 42, toSeqNo: 1_907, why: 'The connection reads too slowly.' },
  },
  {
    name: 'error, of a frame that was not read',
    frame: {
      ...{ type: 'error', code: 'MALFORMED_FRAME', message: 'The frame is not JSON text.' },
      retry: false,
    },
  },
  {
    name: 'error, with every field',
    frame: {
      ...{ type: 'error', id: 2, code: 'RATE_LIMITED', message: 'More than 20000 frames a second.' },
      ...{ retry: true, afterMs: 50, topic },
    },
  },
  { name: 'ping', frame: { type: 'ping', time: 1_795_238_027_101.5 } },
  {
    name: 'goodbye, without a window',
    frame: { type: 'goodbye', code: 4200, reason: 'The gateway is shutting down.' },
  },
  {
    name: 'goodbye, with every field',
    frame: {
      ...{ type: 'goodbye', code: 4200, reason: 'The gateway is shutting down.' },
      ...{ reconnectMinMs: 0, reconnectMaxMs: 5_000 },
    },
  },
  { name: 'resumed', frame: { type: 'resumed', id: 3, sessionId, resumeKey } },
  { name: 'refreshed, to a token that does not expire', frame: { type: 'refreshed', id: 5 } },
  { name: 'refreshed, with every field', frame: { type: 'refreshed', id: 5, expiresAt: 1_795_241_627_101 } },
  { name: 'modified, no bound', frame: { type: 'modified', id: 6, topic } },
  { name: 'modified, with every field', frame: { type: 'modified', id: 6, topic, maxRateHz: 2 } },
  { name: 'page, without messages', frame: { type: 'page', id: 7, topic, epoch, seqNo: 0, entries: [], last: true } },
  {
    name: 'page, with every field',
    frame: {
      type: 'page',
      id: 7,
      topic,
      epoch,
      seqNo: 41,
      messageId,
      anchored: true,
      entries: [{ seqNo: 42, prevSeqNo: 41, messageId, time, data: quote, ...extras }],
      last: true,
    },
  },
];
