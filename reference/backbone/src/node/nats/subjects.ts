/**
 * Which NATS subject belongs to which topic.
 *
 * A topic is a valid part of a subject as it stands, so different topics have different subjects. What is not a topic is
 * refused here once more, whoever checked it before: a `*` or `>` that came through would be a hole in every access list.
 *
 * Tokens that begin with `=` cannot be tokens of a topic. They are ours.
 */

import { createHash } from 'node:crypto';
import { isTopic, ProtocolError } from '@micro-socket/protocol';

/** Names that NATS takes for streams and that are one token of a subject. */
const streamGrammar = /^[A-Za-z0-9_-]{1,200}$/;

export class Subjects {
  /** The stream of messages. */
  readonly stream: string;
  /** The stream of what outlives the history. */
  readonly stateStream: string;
  /** All messages. */
  readonly all: string;
  /** All copies that the server sends to who listens. */
  readonly allCopies: string;
  /** All of the state. */
  readonly allState: string;
  /** The record that names the life of the stream, and its copy. */
  readonly life: string;
  readonly lifeCopy: string;
  /** The record that names the lineage of the state. */
  readonly lineage: string;
  readonly #prefix: string;
  readonly #copyPrefix: string;
  readonly #statePrefix: string;

  /** Throws a RangeError for a name that is not one token. */
  constructor(stream: string) {
    if (!streamGrammar.test(stream)) {
      throw new RangeError(`A stream name has 1 to 200 of the characters A-Z a-z 0-9 _ -, unlike '${stream}'.`);
    }
    this.stream = stream;
    this.stateStream = `${stream}_STATE`;
    this.#prefix = `ms.t.${stream}.`;
    this.#copyPrefix = `ms.d.${stream}.`;
    this.#statePrefix = `ms.s.${stream}.`;
    this.all = `${this.#prefix}>`;
    this.allCopies = `${this.#copyPrefix}>`;
    this.allState = `${this.#statePrefix}>`;
    this.life = `${this.#prefix}=life`;
    this.lifeCopy = `${this.#copyPrefix}=life`;
    this.lineage = `${this.#statePrefix}=lineage`;
  }

  /** Where the messages of a topic are stored. */
  of(topic: string): string {
    return this.#prefix + topicToken(topic);
  }

  /** Where their copies are sent. */
  copyOf(topic: string): string {
    return this.#copyPrefix + topicToken(topic);
  }

  /** Where the newest message of a key is kept; `undefined` is the key of those that have none. */
  stateOf(topic: string, key: string | undefined): string {
    // A key is any text, so it takes its hash to be a token. The whole one: publishers choose their keys.
    const token = key === undefined ? '=none' : createHash('sha256').update(key).digest('base64url');
    return `${this.#statePrefix}${topicToken(topic)}.${token}`;
  }

  /** All keys of a topic, and of no other: a subject of `a.b` has one token more than one of `a`. */
  allStateOf(topic: string): string {
    return `${this.#statePrefix}${topicToken(topic)}.*`;
  }
}

function topicToken(topic: string): string {
  if (!isTopic(topic)) throw new ProtocolError('INVALID_FIELD', 'topic is not a topic by the grammar of §2.1.');
  return topic;
}
