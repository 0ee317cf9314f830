/** What the modes other than `stream` leave out, and what they do not: §4.2, §4.10. */

import type { MessageFrame } from '@micro-socket/protocol';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { must, same } from '../expect.ts';
import { Mismatch } from '../mismatch.ts';
import type { VerifyPeer } from '../peer.ts';
import { lastOf, type Published, publishMany, rising, sameMessages } from '../traffic.ts';

const level = 'ordered';

const KEYS = ['a', 'b', 'c', undefined] as const;
const BURST = 80;

export const modeChecks: readonly Check[] = [
  {
    id: 'latest',
    level,
    title: 'brings a latest subscription to the newest message, and never back to an older one',
    proves: ['§4.2', 'I3'],
    async run(context) {
      const { reader, publisher, topic } = await subscribed(context, { mode: 'latest' });
      const published = await publishMany(context, publisher, topic, BURST);
      await untilNewest(reader, topic, lastOf(published));
      onlyPublished(reader.messages(topic), published);
    },
  },
  {
    id: 'latest-at-a-rate',
    level,
    title: 'sends a latest subscription no more often than its rate, and the newest message all the same',
    proves: ['§4.2', '§5.2'],
    async run(context) {
      const began = performance.now();
      const { reader, publisher, topic, maxRateHz } = await subscribed(context, { mode: 'latest', maxRateHz: 2 });
      same('the tier', maxRateHz, 2);
      const published = await publishSingly(context, publisher, topic, BURST);
      await untilNewest(reader, topic, lastOf(published));
      onlyPublished(reader.messages(topic), published);
      withinRate(reader.messages(topic).length, 2, performance.now() - began);
    },
  },
  {
    id: 'keyed',
    level,
    title: 'brings a keyed subscription to the newest message of each key, and of those without a key',
    proves: ['§4.2', 'I3'],
    async run(context) {
      const { reader, publisher, topic } = await subscribed(context, { mode: 'keyed' });
      await keyedBurst(context, { reader, publisher, topic });
    },
  },
  {
    id: 'keyed-at-a-rate',
    level,
    title: 'sends a keyed subscription no more often than its rate, and the newest of each key all the same',
    proves: ['§4.2', '§5.2'],
    async run(context) {
      const began = performance.now();
      const { reader, publisher, topic, maxRateHz } = await subscribed(context, { mode: 'keyed', maxRateHz: 2 });
      same('the tier', maxRateHz, 2);
      await keyedBurst(context, { reader, publisher, topic }, publishSingly);
      withinRate(reader.messages(topic).length / KEYS.length, 2, performance.now() - began);
    },
  },
  {
    id: 'volatile',
    level,
    title: 'sends a volatile subscription that keeps up every message, in order',
    proves: ['§4.2', 'I3'],
    async run(context) {
      const { reader, publisher, topic } = await subscribed(context, { mode: 'volatile' });
      const published: Published[] = [];
      for (let n = 1; n <= 10; n++) {
        published.push(...(await publishMany(context, publisher, topic, 1)));
        await reader.untilMessages(topic, n);
      }
      sameMessages(reader.messages(topic), published);
    },
  },
  {
    id: 'rate-tiers',
    level,
    title: 'rounds maxRateHz down to a tier and names it, and refuses it in modes that leave nothing out',
    proves: ['§4.2', '§5.2'],
    async run(context) {
      const peer = await context.connect();
      const tiers: readonly (readonly [number, number])[] = [
        [0.1, 0.1],
        [0.3, 0.2],
        [7, 5],
        [10, 10],
        [999.5, 500],
        [1_000, 1_000],
      ];
      for (const [asked, tier] of tiers) {
        const topic = context.topic();
        const { maxRateHz } = await peer.subscribe(topic, { mode: 'keyed', maxRateHz: asked });
        same(`the tier of ${asked}`, maxRateHz, tier);
      }
      for (const mode of ['stream', 'volatile'] as const) {
        await peer.refused({ type: 'subscribe', topic: context.topic(), mode, maxRateHz: 5 }, 'INVALID_FIELD');
      }
    },
  },
  {
    id: 'modify',
    level,
    title: 'changes the rate of a live subscription, names the new tier, and takes the bound away',
    proves: ['§4.10', '§5.16'],
    async run(context) {
      const { reader, publisher, topic } = await subscribed(context, { mode: 'latest', maxRateHz: 0.1 });
      same('the tier', (await reader.ask({ type: 'modify', topic, maxRateHz: 30 }, 'modified')).maxRateHz, 20);
      same('the tier', (await reader.ask({ type: 'modify', topic }, 'modified')).maxRateHz, undefined);
      // At the rate that it began with, two messages would be ten seconds apart, and twenty of them minutes.
      for (let n = 1; n <= 20; n++) {
        const published = await publishMany(context, publisher, topic, 1);
        await untilNewest(reader, topic, lastOf(published));
      }
    },
  },
  {
    id: 'modify-refusals',
    level,
    title: 'refuses modify of a topic that is not subscribed to, and in modes that leave nothing out',
    proves: ['§4.10'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      await peer.refused({ type: 'modify', topic, maxRateHz: 5 }, 'NOT_SUBSCRIBED');
      await peer.subscribe(topic);
      await peer.refused({ type: 'modify', topic, maxRateHz: 5 }, 'INVALID_FIELD');
      const published = await publishMany(context, peer, topic, 3);
      sameMessages(await peer.untilMessages(topic, 3), published);
    },
  },
];

interface Subscribed {
  readonly reader: VerifyPeer;
  readonly publisher: VerifyPeer;
  readonly topic: string;
  readonly maxRateHz?: number | undefined;
}

async function subscribed(context: CheckContext, options: object): Promise<Subscribed> {
  const publisher = await context.connect();
  const reader = await context.connect();
  const topic = context.topic();
  const { maxRateHz } = await reader.subscribe(topic, options);
  return { reader, publisher, topic, maxRateHz };
}

/** Publishes one message after the other, so that each comes in a turn of its own. */
async function publishSingly(...[context, peer, topic, count, fieldsOf]: Parameters<typeof publishMany>) {
  const published: Published[] = [];
  for (let n = 1; n <= count; n++) {
    const fields = fieldsOf?.(n) ?? {};
    published.push(...(await publishMany(context, peer, topic, 1, () => fields)));
  }
  return published;
}

async function keyedBurst(
  context: CheckContext,
  { reader, publisher, topic }: Subscribed,
  publish = publishMany,
): Promise<void> {
  const keyOf = (n: number) => KEYS[n % KEYS.length];
  const fieldsOf = (n: number) => (keyOf(n) === undefined ? {} : { key: keyOf(n) });
  const published = await publish(context, publisher, topic, BURST, fieldsOf);
  for (const newest of published.slice(-KEYS.length)) await untilNewest(reader, topic, newest);
  onlyPublished(reader.messages(topic), published);
  for (const [index, key] of KEYS.entries()) {
    const newest = reader
      .messages(topic)
      .filter((message) => message.key === key)
      .at(-1);
    const expected = published.findLast((_, at) => (at + 1) % KEYS.length === index);
    same(`the newest of key ${key ?? '(none)'}`, newest?.messageId, expected?.messageId);
  }
}

function untilNewest(reader: VerifyPeer, topic: string, { messageId }: Published): Promise<MessageFrame> {
  return reader.until(
    `message ${messageId}, the newest`,
    () => reader.messages(topic).find((message) => message.messageId === messageId),
    () => `as the last one ${reader.messages(topic).at(-1)?.messageId ?? 'none'}`,
  );
}

/** Each message is one that was published, unaltered, and none comes twice or late. */
function onlyPublished(messages: readonly MessageFrame[], published: readonly Published[]): void {
  rising(messages);
  const byId = new Map(published.map((one) => [one.messageId, one]));
  for (const { messageId, seqNo, data } of messages) {
    const one = byId.get(messageId);
    if (one === undefined) throw new Mismatch('a message that was published', messageId);
    same(`the message ${messageId}`, { seqNo, data }, { seqNo: one.ack.seqNo, data: one.payload });
  }
}

/** The time is measured from before the gateway began until after it ended, so a slow machine only gives it more. */
function withinRate(sendings: number, rateHz: number, elapsedMs: number): void {
  const allowed = Math.floor((elapsedMs / 1_000) * rateHz) + 2;
  must(`at most ${allowed} sendings in ${Math.round(elapsedMs)} ms at ${rateHz} Hz`, sendings <= allowed, sendings);
}
