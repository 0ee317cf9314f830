/**
 * The backbone's log of a run, as its acknowledgements tell it.
 *
 * Nobody sees the backbone of a real gateway. But the topics of a test are its own, and `ack` says where a message stands
 * (§5.4). So where every publish of a run was answered, the answers name every message that there can be, and its place.
 * What this takes on trust is that what was acknowledged is stored; whoever is given something else at that place, or is
 * not given it at all, shows that it was not.
 *
 * One publish whose fate is not known, because its connection ended first, leaves a log that may hold more, and then
 * nothing is said about it.
 */

import type { HistoryEvent, PublishEvent, PublishedEvent, StoredEvent } from '@micro-socket/simulator';

/** Answers after which a message may be stored all the same. Every other refusal stores nothing (§4.4). */
const UNKNOWN_FATE: ReadonlySet<string> = new Set(['CONNECTION_CLOSED', 'INTERNAL']);

/** A message and where it stands. */
interface Place {
  readonly call: PublishEvent;
  readonly epoch: string;
  readonly seqNo: number;
}

/**
 * The events with a `stored` ahead of the first one that shows the message, or one behind it in the same topic;
 * `undefined` where the answers do not tell the whole log.
 */
export function withAcknowledgedLog(events: readonly HistoryEvent[]): readonly HistoryEvent[] | undefined {
  const calls = new Map<string, PublishEvent>();
  const answers: PublishedEvent[] = [];
  const open = new Map<string, PublishEvent>();
  for (const event of events) {
    if (event.kind === 'publish') {
      calls.set(callName(event), event);
      open.set(callName(event), event);
    } else if (event.kind === 'published') {
      answers.push(event);
      open.delete(callName(event));
    } else if (event.kind === 'publish-failed' && !UNKNOWN_FATE.has(event.code)) {
      open.delete(callName(event));
    }
  }
  const places = placesOf(answers, calls);
  const known = new Set([...places.values()].map(({ call }) => idName(call)));
  for (const call of open.values()) if (!known.has(idName(call))) return undefined;
  return interleaved(events, [...places.values()]);
}

/** Every place that an answer names, with the call whose content stands there: the one that was answered `ok`. */
function placesOf(answers: readonly PublishedEvent[], calls: ReadonlyMap<string, PublishEvent>): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const answer of answers) {
    const call = calls.get(callName(answer));
    if (call === undefined) continue;
    const { epoch, seqNo } = answer.position;
    const name = `${epoch}\n${seqNo}\n${idName(call)}`;
    if (answer.status === 'ok' || !places.has(name)) places.set(name, { call, epoch, seqNo });
  }
  return places;
}

function interleaved(events: readonly HistoryEvent[], places: readonly Place[]): readonly HistoryEvent[] {
  const logs = new Map<string, { readonly rest: Place[]; prevSeqNo: number }>();
  for (const place of places.toSorted((one, other) => one.seqNo - other.seqNo)) {
    const name = logName(place.call.topic, place.epoch);
    const log = logs.get(name) ?? { rest: [], prevSeqNo: 0 };
    log.rest.push(place);
    logs.set(name, log);
  }
  return events.flatMap((event) => {
    const shown = shownBy(event);
    const log = shown && logs.get(logName(shown.topic, shown.epoch));
    if (shown === undefined || log === undefined) return [event];
    const stored: StoredEvent[] = [];
    while (log.rest[0] !== undefined && log.rest[0].seqNo <= shown.seqNo) {
      const place = log.rest.shift() as Place;
      stored.push(storedAt(place, log.prevSeqNo, event.at));
      log.prevSeqNo = place.seqNo;
    }
    return [...stored, event];
  });
}

/** Up to where the log is, by what this event shows. */
function shownBy(event: HistoryEvent) {
  if (event.kind === 'delivered') return { topic: event.topic, epoch: event.epoch, seqNo: event.seqNo };
  if (event.kind !== 'published' && event.kind !== 'subscribed') return undefined;
  return { topic: event.topic, epoch: event.position.epoch, seqNo: event.position.seqNo };
}

/** Stored at the latest now. The backbone's clock is not seen; the time at which it is known stands for it. */
function storedAt({ call, epoch, seqNo }: Place, prevSeqNo: number, at: number): StoredEvent {
  const { topic, messageId, principal, key, data } = call;
  const content = key === undefined ? { data } : { key, data };
  return { kind: 'stored', at, topic, epoch, seqNo, prevSeqNo, messageId, publisher: principal, ...content, time: at };
}

function callName({ client, call }: { readonly client: string; readonly call: number }): string {
  return `${client}\n${call}`;
}

/** A message by what makes it one (§4.4). */
function idName({ topic, principal, messageId }: PublishEvent): string {
  return `${topic}\n${principal}\n${messageId}`;
}

function logName(topic: string, epoch: string): string {
  return `${topic}\n${epoch}`;
}
