/** The English words of the protocol's tables. Their shape is the contract that the other languages fill. */

import { CLOSE_CODES, ERRORS, LIMITS } from '@micro-socket/protocol/tables';

const meanings = <Key extends string>(table: Readonly<Record<Key, { readonly meaning: string }>>) =>
  mapValues(table, ({ meaning }) => meaning);

function mapValues<Key extends string, Value, Result>(
  table: Readonly<Record<Key, Value>>,
  map: (value: Value) => Result,
): Record<Key, Result> {
  const entries = Object.entries(table) as [Key, Value][];
  return Object.fromEntries(entries.map(([key, value]) => [key, map(value)])) as Record<Key, Result>;
}

export const en = {
  labels: {
    field: 'Field',
    type: 'Type',
    position: 'Position',
    meaning: 'Meaning',
    optional: 'optional',
    jsonOnly: 'JSON only',
    msgpackOnly: 'MessagePack only',
    number: 'Number in MessagePack',
    code: 'Code',
    fault: 'Whose fault',
    retry: 'Retry helps',
    clientDoes: 'What the reference client does',
    reconnect: 'Then',
    limit: 'Limit',
    default: 'Default',
    atBound: 'When it is reached',
    yes: 'yes',
    no: 'no',
    faults: { client: 'client', gateway: 'gateway' },
    policies: {
      stop: 'do not reconnect unchanged',
      'back-off': 'back off, reconnect',
      window: 'reconnect in the window',
    },
  },
  fields: {
    setup: {
      protocol: 'The protocol version that the client speaks: 1.',
      token: 'Proves who the client is. At most 8,192 characters.',
      client: 'The client’s own name and version; nothing depends on them. 1 to 64 characters each.',
      topics: 'Topics to subscribe to at once. At most 128.',
    },
    subscribe: { id: 'Comes back in the answer.', topic: 'The topic to subscribe to.' },
    unsubscribe: { id: 'Comes back in the answer.', topic: 'The topic of the subscription.' },
    publish: {
      id: 'Comes back in the answer.',
      topic: 'The topic to publish to.',
      messageId: 'Names the message; the same on every retry.',
      payload: 'The message itself: any JSON value.',
    },
    pong: { time: 'The time of the ping that it answers.' },
    ready: {
      sessionId: 'Names this session.',
      gateway: 'The gateway’s name.',
      time: 'The gateway’s clock.',
      heartbeatMs: 'After so many milliseconds of silence the gateway sends a ping.',
      limits: 'The bounds that the client must respect.',
      durability: 'What a message survives once it is acknowledged.',
      retention: 'How many messages of a topic are kept.',
      dedupWindowMs: 'For how many milliseconds a messageId is remembered.',
    },
    subscribed: {
      id: 'The request’s; absent for topics named in setup.',
      topic: 'The topic.',
      alias: 'Stands for the topic in MessagePack messages.',
      epoch: 'The topic’s current epoch.',
      seqNo: 'The topic’s head; 0 when it has no message yet.',
      messageId: 'The message at the head.',
    },
    unsubscribed: {
      id: 'The request’s; absent when the gateway ended the subscription.',
      topic: 'The topic.',
      reason: 'Why it ended.',
    },
    ack: {
      id: 'The request’s.',
      messageId: 'The message’s.',
      status: 'Whether this publish stored the message or an earlier one did.',
      epoch: 'The epoch in which it stands.',
      seqNo: 'Its place.',
    },
    message: {
      topic: 'The topic.',
      alias: 'The topic’s alias, from subscribed.',
      seqNo: 'The message’s place.',
      prevSeqNo: 'The place of the message before it; 0 for the first.',
      messageId: 'The publisher’s name for the message.',
      time: 'When the message was stored.',
      data: 'The payload, as it was published.',
    },
    lagged: {
      topic: 'The topic.',
      fromSeqNo: 'The last message that was delivered.',
      toSeqNo: 'The topic’s head.',
      why: 'A sentence for people.',
    },
    error: {
      id: 'The request’s, where it had a usable one.',
      code: 'What went wrong, from the list of section 6.',
      message: 'A sentence for people that names what was wrong.',
      retry: 'Whether the same request can succeed later.',
      afterMs: 'How many milliseconds to wait before a retry.',
      topic: 'The topic that it is about.',
    },
    ping: { time: 'The gateway’s clock.' },
    goodbye: {
      code: 'The close code that follows.',
      reason: 'A sentence for people.',
      reconnectMinMs: 'The shortest wait before reconnecting.',
      reconnectMaxMs: 'The longest wait before reconnecting.',
    },
  },
  errors: mapValues(ERRORS, ({ meaning, client }): { meaning: string; client: string } => ({ meaning, client })),
  closeCodes: meanings(CLOSE_CODES) as Record<keyof typeof CLOSE_CODES, string>,
  limits: mapValues(LIMITS, ({ atBound }): string => atBound),
};

export type ProtocolText = typeof en;
