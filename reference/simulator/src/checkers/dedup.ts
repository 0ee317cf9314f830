/**
 * I2: one publish, one message. Inside the window an id is stored once, all its calls are answered with its position, and
 * other content under the same id is a conflict; a program gets no message twice as news.
 */

import type {
  DeliveredEvent,
  HistoryEvent,
  PublishEvent,
  PublishedEvent,
  PublishFailedEvent,
  StoredEvent,
} from '../history.ts';
import { sameJson } from './calls.ts';
import type { Checker, Report } from './checker.ts';
import type { Entry } from './log.ts';
import type { Track } from './subscriptions.ts';
import type { World } from './world.ts';

export class DedupChecker implements Checker {
  readonly #world: World;
  readonly #report: Report;
  /** Which call an entry was answered `ok` to. */
  readonly #okCall = new Map<Entry, PublishEvent>();
  /** What each subscription was given as news: by its place, and by its message. */
  readonly #given = new Map<Track, { readonly places: Set<string>; readonly messages: Map<string, Entry> }>();

  constructor(world: World, report: Report) {
    this.#world = world;
    this.#report = report;
  }

  take(event: HistoryEvent): void {
    if (event.kind === 'stored') this.#stored(event);
    else if (event.kind === 'published') this.#published(event);
    else if (event.kind === 'publish-failed') this.#failed(event);
    else if (event.kind === 'delivered' && event.fromSnapshot !== true) this.#delivered(event);
  }

  #stored({ at, topic, publisher, messageId, epoch, seqNo, time, restored }: StoredEvent): void {
    if (restored === true) return;
    const earlier = this.#world.calls.story(topic, publisher, messageId).stored.at(-1);
    if (earlier === undefined || earlier.lostAt !== undefined) return;
    const afterMs = time - earlier.time;
    if (afterMs >= this.#world.run.dedupWindowMs) return;
    const detail =
      `${messageId} of ${publisher} was stored in ${topic} at ${earlier.epoch}/${earlier.seqNo} and again at ` +
      `${epoch}/${seqNo}, ${afterMs} ms later; the window is ${this.#world.run.dedupWindowMs} ms.`;
    this.#tell('an id is stored once inside the window', detail, at, [publisher], topic);
  }

  #published(event: PublishedEvent): void {
    if (!this.#world.run.seesLog) return;
    const call = this.#world.calls.callOf(event);
    if (call === undefined) return;
    const { at, client, topic, messageId, status, position } = event;
    const { stored } = this.#world.calls.story(topic, call.principal, messageId);
    // An answer that names nothing at all is a matter of I4.
    if (stored.length === 0) return;
    const there = stored.filter(({ epoch, seqNo }) => epoch === position.epoch && seqNo === position.seqNo);
    const entry = there.at(-1);
    const answer = `call ${call.call} of ${client} (${messageId}, ${topic}) was answered ${status} at ${position.epoch}/${position.seqNo}`;
    if (entry === undefined) {
      const where = stored.map(({ epoch, seqNo }) => `${epoch}/${seqNo}`).join(', ');
      this.#tell(
        'answers of one id name the place of its message',
        `${answer}, and it is stored at ${where}.`,
        at,
        [client],
        topic,
      );
      return;
    }
    if (call.key !== entry.key || !sameJson(call.data, entry.data)) {
      const detail = `${answer}, where other content stands: it published ${text(call.data)}, and stored is ${text(entry.data)}.`;
      this.#tell('other content under a known id is a conflict', detail, at, [client], topic);
    }
    // Lost and stored again at the same place, it may well have been answered ok twice.
    if (status !== 'ok' || there.length > 1) return;
    const first = this.#okCall.get(entry);
    if (first !== undefined && first !== call) {
      const detail = `${answer}, and call ${first.call} of ${first.client} was answered ok for the same message before.`;
      this.#tell('one message is answered ok to one call', detail, at, [client], topic);
    }
    this.#okCall.set(entry, call);
  }

  #failed(event: PublishFailedEvent): void {
    if (event.code !== 'MESSAGE_ID_CONFLICT') return;
    const call = this.#world.calls.callOf(event);
    if (call === undefined) return;
    const { at, client, topic, messageId } = event;
    const content = JSON.stringify(call.data);
    const { calls } = this.#world.calls.story(topic, call.principal, messageId);
    if (calls.some(({ key, data }) => key !== call.key || JSON.stringify(data) !== content)) return;
    const detail = `Call ${call.call} of ${client} (${messageId}, ${topic}) was refused, and all ${calls.length} of this id had the same content.`;
    this.#tell('the same content under a known id is no conflict', detail, at, [client], topic);
  }

  #delivered(event: DeliveredEvent): void {
    const track = this.#world.subscriptions.get(event);
    if (track === undefined) return;
    const { at, client, topic, subscription, epoch, seqNo, messageId } = event;
    const given = this.#givenTo(track);
    const place = `${epoch}\n${seqNo}\n${messageId}`;
    const what = `${subscription} of ${client} was given ${messageId} of ${topic} at ${epoch}/${seqNo}`;
    if (given.places.has(place)) {
      this.#tell('a program gets no message twice', `${what} for the second time.`, at, [client], topic);
      return;
    }
    given.places.add(place);
    const state = track.stateUpTo.get(epoch);
    if (state !== undefined && seqNo <= state && !this.#wasReused(topic, epoch, state)) {
      const detail = `${what} as news, after a state that was newer: it had ${state}.`;
      this.#tell('what is in a state is not news after it', detail, at, [client], topic);
      return;
    }
    this.#once(event, given.messages, what);
  }

  /** A message under its id at two places, although the log has it once. */
  #once(
    { at, client, topic, epoch, seqNo, messageId }: DeliveredEvent,
    messages: Map<string, Entry>,
    what: string,
  ): void {
    const entry = this.#world.logs.of(topic).find(epoch, seqNo, messageId);
    if (entry === undefined) return;
    const name = `${messageId}\n${entry.publisher}`;
    const earlier = messages.get(name);
    messages.set(name, entry);
    // Carried over into a new epoch it is at a new place, and lost and published again it is a new message.
    if (earlier === undefined || entry.isRestored || this.#hadLostCopy(topic, entry)) return;
    if (entry.time - earlier.time >= this.#world.run.dedupWindowMs) return;
    this.#tell(
      'a program gets no message twice',
      `${what}, and had it from ${earlier.epoch}/${earlier.seqNo}.`,
      at,
      [client],
      topic,
    );
  }

  /** Whether the backbone has lost a copy, in whatever epoch: then the message may have been published again. */
  #hadLostCopy(topic: string, { publisher, messageId }: Entry): boolean {
    const { stored } = this.#world.calls.story(topic, publisher, messageId);
    return stored.some(({ lostAt }) => lostAt !== undefined);
  }

  #givenTo(track: Track) {
    let given = this.#given.get(track);
    if (given === undefined) {
      given = { places: new Set<string>(), messages: new Map<string, Entry>() };
      this.#given.set(track, given);
    }
    return given;
  }

  #wasReused(topic: string, epoch: string, seqNo: number): boolean {
    return (this.#world.logs.of(topic).epoch(epoch)?.reusedAfter ?? Number.POSITIVE_INFINITY) < seqNo;
  }

  #tell(rule: string, detail: string, at: number, nodes: readonly string[], topic: string): void {
    this.#report({ invariant: 'I2', rule, detail, at, nodes, topic });
  }
}

function text(value: unknown): string {
  const json = JSON.stringify(value);
  return json.length > 80 ? `${json.slice(0, 80)}…` : json;
}
