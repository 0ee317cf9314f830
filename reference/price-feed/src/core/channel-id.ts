/** What channels are called, and their topics: channel `gold` of the main feed `prices` is the topic `prices.gold`. */

import { isTopic } from '@micro-socket/protocol';
import { PriceFeedError } from './errors.ts';

const ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** The last token of the topic in which the feed tells how its source is. No channel can have this name. */
const SOURCE_TOKEN = '~source';

export function isChannelId(text: string): boolean {
  return ID.test(text);
}

/** Throws `PriceFeedError` FIELD. */
export function checkedChannelId(id: unknown, field = 'id'): string {
  if (typeof id === 'string' && isChannelId(id)) return id;
  const message = 'A channel is called by 1 to 64 characters of a-z 0-9 _ -, the first one a letter or a digit.';
  throw new PriceFeedError('FIELD', message, field);
}

/** Throws `PriceFeedError` FIELD for a main feed that cannot be a topic, or not one with channels below it. */
export function checkedMainTopic(topic: string): string {
  if (isTopic(topic) && isTopic(`${topic}.${'x'.repeat(64)}`) && !topic.includes('~')) return topic;
  throw new PriceFeedError('FIELD', `The main feed is a topic with room for channels below it, not ${topic}.`, 'topic');
}

export function channelTopicOf(mainTopic: string, channel: string): string {
  return `${mainTopic}.${channel}`;
}

/** The channel of a topic; `undefined` for a topic that is none of this feed's channels, whether it exists or not. */
export function channelIn(mainTopic: string, topic: string): string | undefined {
  if (!topic.startsWith(`${mainTopic}.`)) return undefined;
  const id = topic.slice(mainTopic.length + 1);
  return isChannelId(id) ? id : undefined;
}

/** The topic in which the feed tells how its source is. */
export function sourceTopicOf(mainTopic: string): string {
  return `${mainTopic}.${SOURCE_TOKEN}`;
}
