/** What each frame is for and what each of its fields means, in English: for the tables of the page and for AsyncAPI. */

import type { Frame, FrameType } from './frames.ts';

/** Every frame and every field has its words. */
export type FrameWords = {
  readonly [Type in FrameType]: {
    /** One sentence. */
    readonly summary: string;
    readonly fields: { readonly [Field in Exclude<keyof Extract<Frame, { type: Type }>, 'type'>]-?: string };
  };
};

const ID = 'Comes back in the answer.';
const OF_REQUEST = 'The request’s.';
const TOPIC = 'The topic.';
const ALIAS = 'The topic’s alias, from subscribed.';
const SENTENCE = 'A sentence for people.';

export const FRAME_WORDS: FrameWords = {
  setup: {
    summary: 'The first frame: which version the client speaks and who it is.',
    fields: {
      protocol: 'The protocol version that the client speaks: 1.',
      token: 'Proves who the client is. At most 8,192 characters.',
      client: 'The client’s own name and version; nothing depends on them. 1 to 64 characters each.',
      topics: 'Topics to subscribe to at once. At most 128.',
      resume: 'The session to continue: the fields of resume without id.',
    },
  },
  subscribe: {
    summary: 'Asks for the messages of a topic.',
    fields: {
      id: ID,
      topic: 'The topic to subscribe to.',
      mode: 'What the subscriber needs; stream when absent.',
      from: 'Where the subscription begins; at the head when absent.',
      onGap: 'What to do when the position in from is not anchored; live when absent.',
      maxRateHz: 'How many times a second something may be sent, from 0.1 to 1,000; for latest and keyed.',
      confirmWindow: 'How many messages may be sent beyond the last confirmed one, from 1 to 10,000; for stream.',
      checksum: 'Whether the checksum is wanted.',
    },
  },
  unsubscribe: {
    summary: 'Ends a subscription.',
    fields: { id: ID, topic: 'The topic of the subscription.' },
  },
  publish: {
    summary: 'Adds a message to a topic.',
    fields: {
      id: ID,
      topic: 'The topic to publish to.',
      messageId: 'Names the message; the same on every retry.',
      payload: 'The message itself: any JSON value.',
      key: 'What the message is the newest state of. 1 to 128 characters.',
      ref: 'The messageId of an earlier message that this one is about.',
      expectSeqNo: 'Store the message only if the topic’s head has this seqNo.',
      ttlMs: 'For how many milliseconds after its time the message means something.',
      signature: 'The publisher’s signature: alg of 1 to 16 characters, keyId like a messageId, value of 1 to 1,024.',
      publisher: 'Whom a gateway publishes for: the owner of the messageId. Up to 160 characters; gateways only.',
      by: 'Who is to be named as the publisher, 1 to 64 characters; gateways only.',
    },
  },
  confirm: {
    summary: 'The subscriber has dealt with every message up to a seqNo.',
    fields: { topic: 'The topic of the subscription.', seqNo: 'The last message that was dealt with.' },
  },
  replay: {
    summary: 'Asks again for messages of a topic, to fill a gap.',
    fields: {
      id: ID,
      topic: 'The topic of the subscription.',
      fromSeqNo: 'The messages after this one are wanted.',
      toSeqNo: 'The last message that is wanted; the head when absent.',
    },
  },
  resume: {
    summary: 'Continues a session on this connection.',
    fields: {
      id: ID,
      sessionId: 'The session, as ready named it.',
      resumeKey: 'The secret of the session, the newest one that was given.',
      subscriptions: 'What to subscribe to: the fields of subscribe without id. At most 1,000.',
    },
  },
  presence: {
    summary: 'The session enters a topic, changes what it shows there, or leaves.',
    fields: {
      id: ID,
      topic: 'The topic to be present in.',
      action: 'What the session does.',
      data: 'What the session shows to others: any JSON value.',
    },
  },
  refresh: {
    summary: 'Gives a new token to the running connection.',
    fields: { id: ID, token: 'The new token, of the same user. At most 8,192 characters.' },
  },
  modify: {
    summary: 'Changes the rate of a live subscription.',
    fields: {
      id: ID,
      topic: 'The topic of the subscription.',
      maxRateHz: 'The new rate, from 0.1 to 1,000 a second; no bound when absent.',
    },
  },
  pong: {
    summary: 'Answers ping.',
    fields: { time: 'The time of the ping that it answers.' },
  },
  read: {
    summary: 'Asks once for a part of what a topic holds.',
    fields: {
      id: ID,
      topic: 'The topic to read.',
      from: 'What to read, and from where.',
      limit: 'How many messages at most, up to 1,000; 100 when absent. For after and positions.',
    },
  },
  ready: {
    summary: 'setup was accepted.',
    fields: {
      sessionId: 'Names this session.',
      gateway: 'The gateway’s name.',
      time: 'The gateway’s clock.',
      heartbeatMs: 'After so many milliseconds of silence the gateway sends a ping.',
      limits: 'The bounds that the client must respect.',
      durability: 'What a message survives once it is acknowledged.',
      retention: 'How many messages of a topic are kept.',
      dedupWindowMs: 'For how many milliseconds a messageId is remembered.',
      resumeKey: 'The secret that continues this session on another connection.',
      expiresAt: 'When the token expires; absent when it does not.',
    },
  },
  subscribed: {
    summary: 'The subscription begins.',
    fields: {
      id: 'The request’s; absent for topics named in setup or resume.',
      topic: TOPIC,
      alias: 'Stands for the topic in the shared frames of MessagePack.',
      epoch: 'The topic’s current epoch.',
      seqNo: 'The messages after this one follow.',
      messageId: 'The message at seqNo, where one is known.',
      recovered: 'What became of from.',
      headSeqNo: 'The topic’s head; 0 when it has no message yet.',
      maxRateHz: 'The tier that was chosen; absent without a rate.',
      checksum: 'The topic’s checksum at headSeqNo, where it was asked for.',
    },
  },
  unsubscribed: {
    summary: 'The subscription has ended.',
    fields: {
      id: 'The request’s; absent when the gateway ended the subscription.',
      topic: TOPIC,
      reason: 'Why it ended.',
      why: 'With closed: why the topic has ended, in a sentence for people.',
    },
  },
  ack: {
    summary: 'The message is stored, at this position.',
    fields: {
      id: OF_REQUEST,
      messageId: 'The message’s.',
      status: 'Whether this publish stored the message or an earlier one did.',
      epoch: 'The epoch in which it stands.',
      seqNo: 'Its place.',
    },
  },
  message: {
    summary: 'A message of a topic that the connection is subscribed to.',
    fields: {
      topic: TOPIC,
      alias: ALIAS,
      seqNo: 'The message’s place.',
      prevSeqNo: 'The place of the message before it; 0 for the first.',
      messageId: 'The publisher’s name for the message.',
      time: 'When the message was stored.',
      data: 'The payload, as it was published.',
      key: 'As it was published.',
      ref: 'As it was published.',
      by: 'Who published it, where the gateway tells.',
      ttlMs: 'As it was published.',
      signature: 'As it was published.',
    },
  },
  snapshot: {
    summary: 'A part of the state of a topic.',
    fields: {
      topic: TOPIC,
      alias: ALIAS,
      seqNo: 'The position up to which the state is complete.',
      entries: 'Messages, oldest first.',
      last: 'Whether this is the last part.',
    },
  },
  head: {
    summary: 'Where a topic that has been quiet stands.',
    fields: {
      topic: TOPIC,
      alias: ALIAS,
      epoch: 'The topic’s current epoch.',
      seqNo: 'The topic’s head.',
      checksum: 'The topic’s checksum at seqNo, once a subscriber asked for it.',
    },
  },
  health: {
    summary: 'How long the messages of a topic take, or that its source is silent.',
    fields: {
      topic: TOPIC,
      alias: ALIAS,
      state: 'How the topic is.',
      lagMs: 'How late it is, or with stale for how long its source has been silent, in milliseconds.',
    },
  },
  live: {
    summary: 'What was asked for from the past has been sent.',
    fields: {
      id: 'That of the replay; absent after subscribed.',
      topic: TOPIC,
      seqNo: 'The last message that was sent for the request.',
      checksum: 'The sum of what these messages add, where the checksum was asked for.',
    },
  },
  lagged: {
    summary: 'Messages that the subscriber had not been sent yet are no longer kept.',
    fields: {
      topic: TOPIC,
      fromSeqNo: 'The last message that was delivered.',
      toSeqNo: 'The topic’s head.',
      why: SENTENCE,
    },
  },
  error: {
    summary: 'A request was refused.',
    fields: {
      id: 'The request’s, where it had a usable one.',
      code: 'What went wrong, from the list of section 6.',
      message: 'A sentence for people that names what was wrong.',
      retry: 'Whether the same request can succeed later.',
      afterMs: 'How many milliseconds to wait before a retry.',
      topic: 'The topic that it is about.',
    },
  },
  ping: {
    summary: 'Asks whether the client is alive.',
    fields: { time: 'The gateway’s clock.' },
  },
  goodbye: {
    summary: 'The gateway is shutting down and is about to close the connection.',
    fields: {
      code: 'The close code that follows.',
      reason: SENTENCE,
      reconnectMinMs: 'The shortest wait before reconnecting.',
      reconnectMaxMs: 'The longest wait before reconnecting.',
    },
  },
  resumed: {
    summary: 'The connection now is the resumed session’s.',
    fields: {
      id: OF_REQUEST,
      sessionId: 'The session that goes on.',
      resumeKey: 'The session’s new secret.',
    },
  },
  refreshed: {
    summary: 'The new token counts from now on.',
    fields: { id: OF_REQUEST, expiresAt: 'When the new token expires; absent when it does not.' },
  },
  modified: {
    summary: 'The rate of a subscription has changed.',
    fields: {
      id: OF_REQUEST,
      topic: TOPIC,
      maxRateHz: 'The tier that was chosen; absent without a rate.',
    },
  },
  page: {
    summary: 'Answers read.',
    fields: {
      id: OF_REQUEST,
      topic: TOPIC,
      epoch: 'The topic’s epoch.',
      seqNo: 'Where the messages begin, or the head that the state is complete up to.',
      messageId: 'The message at seqNo, where one is known.',
      anchored: 'Whether the position that was asked for is anchored; only where one was.',
      entries: 'Messages, oldest first.',
      last: 'Whether this is the last part of the answer.',
    },
  },
};
