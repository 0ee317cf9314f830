/**
 * Makes the history of a round, for the simulator's checkers, from what was seen while it lasted and from what was read
 * back when it was over.
 *
 * What is read back is the log of each topic: the checkers are told of a message as stored ahead of the first event that
 * shows it, or one behind it. Of an epoch that was lost with its backbone only acknowledgements and deliveries tell, so its
 * log is made of those. An epoch counts as lost from the first event that shows the next one: a gateway may be the last
 * to hear of it.
 */

import type { StoredMessage } from '@micro-socket/client';
import type { HistoryEvent, LostEvent, PublishEvent, RunEvent, StoredEvent } from '@micro-socket/simulator';
import { PolicyRights } from '../history/policy-rights.ts';
import { STORM_POLICY } from './cast.ts';

/** Everything is on this machine; the rest is for the moments in which its clock is set. */
const CLOCK_SKEW_MS = 1_000;

/** What the gateways have said of themselves. */
export type Said = Pick<RunEvent, 'dedupWindowMs' | 'retentionMessagesMax' | 'accessRecheckMs' | 'latencyObjectiveMs'>;

export interface RoundRecord {
  /** Names the round. */
  readonly source: string;
  readonly beganAt: number;
  readonly events: readonly HistoryEvent[];
  /** What was read back, by topic; absent where the round did not come to its end, and then the log is not seen. */
  readonly stored?: ReadonlyMap<string, readonly StoredMessage[]>;
  /** The backbone loses everything with its process, and says so by new epochs. */
  readonly isForgetful: boolean;
  readonly said?: Said;
}

const NOTHING_SAID: Said = { dedupWindowMs: 0, retentionMessagesMax: 0, accessRecheckMs: 0, latencyObjectiveMs: 0 };

/** All of a round, from what its gateways promised to its end. */
export function historyOf({ source, beganAt, events, stored, isForgetful, said }: RoundRecord): HistoryEvent[] {
  const run: RunEvent = {
    kind: 'run',
    at: beganAt,
    source,
    ...(said ?? NOTHING_SAID),
    clockSkewMsMax: CLOCK_SKEW_MS,
    seesLog: stored !== undefined,
    // Seen at the clients' end: what never arrived there is not in it, and has reached nobody.
    seesWire: true,
  };
  const begin: HistoryEvent = { kind: 'phase', at: beganAt, phase: 'safety' };
  const seen = stored === undefined ? events : withLog(events, stored, isForgetful);
  return [run, ...grants(events, beganAt), begin, ...seen];
}

/** What the policy grants of what is asked for. It does not change in a storm. */
function grants(events: readonly HistoryEvent[], at: number): HistoryEvent[] {
  const rights = new PolicyRights(STORM_POLICY);
  const granted = new Map<string, HistoryEvent>();
  for (const event of events) {
    if (event.kind !== 'publish' && event.kind !== 'subscribe') continue;
    const { principal, topic, kind: action } = event;
    if (!rights.may(principal, action, topic)) continue;
    granted.set(`${principal}\n${action}\n${topic}`, { kind: 'granted', at, principal, action, topic });
  }
  return [...granted.values()];
}

/** A line of a log that has no moment yet. */
type Line = Omit<StoredEvent, 'at'>;

/** What is known of a topic's logs and has not been told yet. */
interface TopicLogs {
  readonly untold: Map<string, Line[]>;
  /** Epochs that others have taken the place of. */
  readonly left: Set<string>;
  current: string | undefined;
}

type Stored = ReadonlyMap<string, readonly StoredMessage[]>;

function withLog(events: readonly HistoryEvent[], stored: Stored, isForgetful: boolean): HistoryEvent[] {
  const logs = logsOf(events, stored, isForgetful);
  const history: HistoryEvent[] = [];
  for (const event of events) {
    const shown = shownBy(event);
    if (shown !== undefined) {
      history.push(...revealed(logs.get(shown.topic), shown, event.at, isForgetful));
    } else if (event.kind === 'phase' && event.phase === 'end') {
      for (const [topic, of] of logs) history.push(...rest(of, topic, event.at, isForgetful));
    }
    history.push(event);
  }
  return history;
}

interface Shown {
  readonly topic: string;
  readonly epoch: string;
  readonly seqNo: number;
}

/** Up to where a log is, by what an event shows. */
function shownBy(event: HistoryEvent): Shown | undefined {
  if (event.kind === 'delivered') return event;
  if (event.kind !== 'published' && event.kind !== 'subscribed') return undefined;
  return { topic: event.topic, epoch: event.position.epoch, seqNo: event.position.seqNo };
}

/** What is stored up to here; and where this is the first that is seen of an epoch, the loss of the one before. */
function revealed(logs: TopicLogs | undefined, shown: Shown, at: number, isForgetful: boolean): HistoryEvent[] {
  if (logs === undefined) return [];
  const { topic, epoch, seqNo } = shown;
  const told: HistoryEvent[] = [];
  const { current, left } = logs;
  if (epoch !== current && !left.has(epoch)) {
    logs.current = epoch;
    if (current !== undefined) {
      left.add(current);
      told.push(...taken(logs, current, Number.POSITIVE_INFINITY, at));
      if (isForgetful) told.push(lossOf(topic, current, at));
    }
  }
  told.push(...taken(logs, epoch, seqNo, at));
  return told;
}

function lossOf(topic: string, epoch: string, at: number): LostEvent {
  return { kind: 'lost', at, topic, epoch, keptSeqNo: 0, epochChanged: true };
}

/** Everything that nobody has shown. */
function rest(logs: TopicLogs, topic: string, at: number, isForgetful: boolean): HistoryEvent[] {
  return [...logs.untold.keys()].flatMap((epoch) =>
    revealed(logs, { topic, epoch, seqNo: Number.POSITIVE_INFINITY }, at, isForgetful),
  );
}

function taken(logs: TopicLogs, epoch: string, upTo: number, at: number): StoredEvent[] {
  const lines = logs.untold.get(epoch) ?? [];
  const count = lines.findIndex(({ seqNo }) => seqNo > upTo);
  return lines.splice(0, count < 0 ? lines.length : count).map((line) => ({ ...line, at }));
}

/**
 * The logs of all topics: of the epoch that is left as it was read. Of others a forgetful backbone has nothing any more, so
 * they are as answers and deliveries tell; whatever keeps its messages must have them.
 */
function logsOf(events: readonly HistoryEvent[], stored: Stored, isForgetful: boolean): Map<string, TopicLogs> {
  const logs = new Map<string, TopicLogs>();
  for (const [topic, lines] of linesSeen(events)) {
    const entries = stored.get(topic) ?? [];
    const epoch = entries[0]?.epoch;
    const seen = isForgetful ? lines.filter((line) => line.epoch !== epoch) : [];
    const untold = new Map<string, Line[]>();
    for (const line of seen.toSorted((one, other) => one.seqNo - other.seqNo)) {
      const before = untold.get(line.epoch) ?? [];
      untold.set(line.epoch, [...before, { ...line, prevSeqNo: before.at(-1)?.seqNo ?? 0 }]);
    }
    // The newest one stands last.
    if (epoch !== undefined) untold.set(epoch, entries.map(lineOf));
    logs.set(topic, { untold, left: new Set(), current: undefined });
  }
  return logs;
}

function lineOf({ topic, epoch, seqNo, prevSeqNo, messageId, by = '', key, data, time }: StoredMessage): Line {
  const content = key === undefined ? { data } : { key, data };
  return { kind: 'stored', topic, epoch, seqNo, prevSeqNo, messageId, publisher: by, ...content, time };
}

/** Every message that an answer or a delivery shows, once, with the content that was published; by topic. */
function linesSeen(events: readonly HistoryEvent[]): Map<string, Line[]> {
  const calls = new Map<string, PublishEvent>();
  const lines = new Map<string, Map<string, Line>>();
  const add = (call: PublishEvent | undefined, { topic, epoch, seqNo }: Shown, at: number) => {
    const ofTopic = lines.get(topic) ?? new Map<string, Line>();
    lines.set(topic, ofTopic);
    if (call === undefined) return;
    const { messageId, principal: publisher, key, data } = call;
    const content = key === undefined ? { data } : { key, data };
    const name = `${epoch}\n${seqNo}\n${messageId}`;
    if (ofTopic.has(name)) return;
    ofTopic.set(name, {
      kind: 'stored',
      topic,
      epoch,
      seqNo,
      prevSeqNo: 0,
      messageId,
      publisher,
      ...content,
      time: at,
    });
  };
  for (const event of events) {
    if (event.kind === 'publish') {
      calls.set(`${event.client}\n${event.call}`, event);
      // A message is named after who publishes it, so its id alone finds the call.
      if (!calls.has(event.messageId)) calls.set(event.messageId, event);
    } else if (event.kind === 'published') {
      const { topic, position } = event;
      add(calls.get(`${event.client}\n${event.call}`), { topic, ...position }, event.at);
    } else if (event.kind === 'delivered') add(calls.get(event.messageId), event, event.at);
    else if (event.kind === 'subscribe') {
      const { topic } = event;
      add(undefined, { topic, epoch: '', seqNo: 0 }, event.at);
    }
  }
  return new Map([...lines].map(([topic, ofTopic]) => [topic, [...ofTopic.values()]]));
}
