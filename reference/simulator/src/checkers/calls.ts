/** The calls of publish: what was asked for under which messageId, and what has become of each call. */

import type { JsonValue } from '@micro-socket/protocol';
import type { PublishEvent, PublishedEvent, PublishFailedEvent } from '../history.ts';
import type { Entry } from './log.ts';

/** Everything that was published to one topic by one principal under one messageId. */
export interface IdStory {
  readonly calls: PublishEvent[];
  /** What was stored under the id, lost or not, oldest first. */
  readonly stored: Entry[];
  /** One of its calls has failed, or its program has ended: when it is stored, if at all, is nobody's choice. */
  isGivenUp: boolean;
}

type Answer = PublishedEvent | PublishFailedEvent;

export class Calls {
  readonly #ids = new Map<string, IdStory>();
  readonly #open = new Map<string, PublishEvent>();

  take(event: PublishEvent): void {
    this.story(event.topic, event.principal, event.messageId).calls.push(event);
    this.#open.set(callName(event), event);
  }

  stored(topic: string, entry: Entry): void {
    this.story(topic, entry.publisher, entry.messageId).stored.push(entry);
  }

  /** The call that an answer is for; `undefined` when there is none, or it was answered before. */
  callOf(answer: Answer): PublishEvent | undefined {
    return this.#open.get(callName(answer));
  }

  answered(answer: Answer): void {
    const call = this.callOf(answer);
    if (call === undefined) return;
    this.#open.delete(callName(answer));
    if (answer.kind === 'publish-failed') this.story(call.topic, call.principal, call.messageId).isGivenUp = true;
  }

  /** A client's program has ended without a word: it hears of no answer, and its calls have no place among the others. */
  abandon(client: string): void {
    for (const [name, call] of this.#open) {
      if (call.client !== client) continue;
      this.#open.delete(name);
      this.story(call.topic, call.principal, call.messageId).isGivenUp = true;
    }
  }

  get unanswered(): IterableIterator<PublishEvent> {
    return this.#open.values();
  }

  story(topic: string, principal: string, messageId: string): IdStory {
    const name = `${topic}\n${principal}\n${messageId}`;
    let story = this.#ids.get(name);
    if (story === undefined) {
      story = { calls: [], stored: [], isGivenUp: false };
      this.#ids.set(name, story);
    }
    return story;
  }
}

function callName({ client, call }: { readonly client: string; readonly call: number }): string {
  return `${call}\n${client}`;
}

/** Whether two values are the same JSON value; the order of keys makes no difference. */
export function sameJson(one: JsonValue | undefined, other: JsonValue | undefined): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    return (
      Array.isArray(one) &&
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((item, index) => sameJson(item, other[index]))
    );
  }
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && sameJson(member(one, name), member(other, name)))
  );
}

function member(value: object, name: string): JsonValue | undefined {
  return (value as Record<string, JsonValue>)[name];
}
