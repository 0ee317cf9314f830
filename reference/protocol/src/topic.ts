/** Topic names. §2 of the protocol. */

/** Longest topic name, in bytes. A topic is ASCII, so bytes and characters are the same number. */
export const TOPIC_BYTES_MAX = 255;

/** Tokens of `[A-Za-z0-9_:@~-]` joined by single dots, so that a topic maps one to one onto a NATS subject. */
export const TOPIC_PATTERN = '^[A-Za-z0-9_:@~-]+(\\.[A-Za-z0-9_:@~-]+)*$';

const topicGrammar = new RegExp(TOPIC_PATTERN);

/** Says whether `name` is a topic by the grammar of §2. */
export function isTopic(name: string): boolean {
  return name.length <= TOPIC_BYTES_MAX && topicGrammar.test(name);
}
