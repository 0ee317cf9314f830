/**
 * Where this client's session is present (§4.8), kept true over lost connections.
 *
 * A gateway keeps a session present for a while after its connection is lost. So what was entered is entered again when
 * the session is a new one, or when the link had been silent for so long that the old presence may be over; a second
 * `enter` is an update. What the program says while there is no connection is said on the next one, the last word only.
 */

import { type JsonValue, type PresenceFrame, ProtocolError, payloadProblem } from '@micro-socket/protocol';
import { ConnectionClosedError } from './errors.ts';

/** One topic in which this client's session may be present. */
export interface Presence {
  /** Says that the session is present, and what it shows. Rejects with `ProtocolError`. */
  enter(data?: JsonValue): Promise<void>;
  /** Changes what the session shows. Rejects with NOT_PRESENT without `enter`. */
  update(data?: JsonValue): Promise<void>;
  /** Says that the session has left. Rejects with NOT_PRESENT without `enter`. */
  leave(): Promise<void>;
}

export interface PresenceHost {
  /** Whether there is a link, whether there will be one again, or neither. */
  readonly state: 'ready' | 'waiting' | 'closed';
  /** Sends one frame and resolves when it was acknowledged. Rejects with `ConnectionClosedError` when the link is lost. */
  ask(request: (id: number) => PresenceFrame): Promise<unknown>;
  onError(error: Error): void;
}

interface Shown {
  readonly data: JsonValue | undefined;
}

/** Settles when the last word has been said on the next link. */
interface NextLink {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Place {
  readonly topic: string;
  /** What the session shows; absent once it has left. */
  shown: Shown | undefined;
  /** There is something to say on the next link. */
  next: NextLink | undefined;
}

/** More than any gateway allows by default; beyond it `enter` is refused here. */
const PLACES_MAX = 1_000;

/** Shorter than gateways keep a lost session present by default, in milliseconds. */
const KEPT_MS = 10_000;

export class Presences {
  readonly #host: PresenceHost;
  readonly #places = new Map<string, Place>();

  constructor(host: PresenceHost) {
    this.#host = host;
  }

  in(topic: string): Presence {
    return {
      enter: (data) => this.#show(topic, 'enter', data),
      update: (data) => this.#show(topic, 'update', data),
      leave: () => this.#leave(topic),
    };
  }

  /** A link is ready. `silentMs` is how long the one before had been silent. */
  attach(sessionIsNew: boolean, silentMs: number): void {
    for (const place of [...this.#places.values()]) {
      const { shown, next } = place;
      place.next = undefined;
      const leftAlready = shown === undefined && sessionIsNew;
      const mayBeOver = shown !== undefined && (sessionIsNew || silentMs >= KEPT_MS);
      if (leftAlready) next?.resolve();
      else if (mayBeOver || next !== undefined) this.#sayAgain(place, next);
    }
  }

  /** There will be no link any more. */
  end(error: Error): void {
    for (const { next } of this.#places.values()) next?.reject(error);
    this.#places.clear();
  }

  async #show(topic: string, action: 'enter' | 'update', data: JsonValue | undefined): Promise<void> {
    const problem = data === undefined ? undefined : payloadProblem(data);
    if (problem !== undefined) throw new ProtocolError('INVALID_FIELD', `presence: data ${problem}.`, { topic });
    const place = this.#places.get(topic) ?? { topic, shown: undefined, next: undefined };
    if (action === 'update' && place.shown === undefined) throw notPresent(topic);
    this.#keep(place);
    await this.#change(place, { data }, action);
  }

  async #leave(topic: string): Promise<void> {
    const place = this.#places.get(topic);
    if (place?.shown === undefined) throw notPresent(topic);
    await this.#change(place, undefined, 'leave');
    if (place.shown === undefined) this.#forget(place);
  }

  async #change(place: Place, shown: Shown | undefined, action: PresenceFrame['action']): Promise<void> {
    const before = place.shown;
    place.shown = shown;
    try {
      await this.#say(place, action);
    } catch (error) {
      // It was refused, so what was shown before still is.
      if (place.shown === shown) place.shown = before;
      if (place.shown === undefined) this.#forget(place);
      throw error;
    }
  }

  /** Says it now, or on the next link; also when the link is lost before the answer. */
  async #say(place: Place, action: PresenceFrame['action']): Promise<void> {
    try {
      if (this.#host.state === 'ready') {
        await this.#ask(place, action);
        return;
      }
    } catch (error) {
      if (!(error instanceof ConnectionClosedError)) throw error;
    }
    if (this.#host.state === 'closed') throw new ConnectionClosedError(1006, 'there is no connection');
    place.next ??= nextLink();
    await place.next.promise;
  }

  #ask({ topic, shown }: Place, action: PresenceFrame['action']): Promise<unknown> {
    const data = shown?.data === undefined ? {} : { data: shown.data };
    return this.#host.ask((id) => ({ type: 'presence', id, topic, action, ...data }));
  }

  #sayAgain(place: Place, next: NextLink | undefined): void {
    this.#say(place, place.shown === undefined ? 'leave' : 'enter').then(
      () => next?.resolve(),
      (error: Error) => {
        this.#forget(place);
        if (next !== undefined) next.reject(error);
        else if (!(error instanceof ConnectionClosedError)) this.#host.onError(error);
      },
    );
  }

  #keep(place: Place): void {
    if (!this.#places.has(place.topic) && this.#places.size >= PLACES_MAX) {
      const message = `This client is present in ${PLACES_MAX} topics.`;
      throw new ProtocolError('PRESENCE_LIMIT', message, { topic: place.topic });
    }
    this.#places.set(place.topic, place);
  }

  #forget(place: Place): void {
    if (this.#places.get(place.topic) === place) this.#places.delete(place.topic);
  }
}

function nextLink(): NextLink {
  let resolve = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}

function notPresent(topic: string): ProtocolError {
  return new ProtocolError('NOT_PRESENT', `The session has not entered ${topic}.`, { topic });
}
