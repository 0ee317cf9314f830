/**
 * Liveness: when faults have stopped and there was time, every open `stream` subscription has reached the head, every
 * `latest` one shows the newest message, every `keyed` one the newest of each key; nobody who may read was left without
 * a subscription; and every call of publish was answered.
 */

import type { DeliveredEvent, HistoryEvent, PhaseEvent, PublishEvent } from '../history.ts';
import type { Checker, Report } from './checker.ts';
import type { Entry, EpochLog } from './log.ts';
import type { Track } from './subscriptions.ts';
import type { World } from './world.ts';

/**
 * Codes after which a subscription may stay ended although its client may read: bounds that the program itself has set,
 * and what it has asked to end for.
 */
const FINAL_CODES: ReadonlySet<string> = new Set(['QUEUE_FULL', 'SNAPSHOT_TOO_LARGE', 'POSITION_GONE', 'LAGGED']);

/** How long a refusal may be on its way to a program. */
const REFUSAL_MS = 10_000;

/** What a program knows of a topic by its key: the newest message that it was given. */
interface Shown {
  readonly epoch: string;
  readonly seqNo: number;
  readonly messageId: string;
}

export class LivenessChecker implements Checker {
  readonly #world: World;
  readonly #report: Report;
  /** Of each `keyed` subscription. */
  readonly #shown = new Map<Track, Map<string | undefined, Shown>>();

  constructor(world: World, report: Report) {
    this.#world = world;
    this.#report = report;
  }

  take(event: HistoryEvent): void {
    if (event.kind === 'delivered') this.#show(event);
    else if (event.kind === 'ended' && event.code === 'ACL_DENIED') this.#denied(event.client, event.topic, event.at);
    else if (event.kind === 'phase' && event.phase === 'end') this.#end(event);
  }

  #show(event: DeliveredEvent): void {
    const track = this.#world.subscriptions.get(event);
    if (track?.mode !== 'keyed') return;
    let shown = this.#shown.get(track);
    if (shown === undefined) {
      shown = new Map();
      this.#shown.set(track, shown);
    }
    shown.set(event.key, event);
  }

  /** A right that was there all the time was denied. */
  #denied(client: string, topic: string, at: number): void {
    const track = this.#world.subscriptions.newest(client, topic);
    if (track === undefined) return;
    const right = this.#world.rights.of(track.principal, 'subscribe', topic);
    if (right?.wasHeldThrough(at - REFUSAL_MS, at) !== true) return;
    const detail = `${track.name} of ${client} ended with ACL_DENIED, and ${track.principal} may read ${topic} all the time.`;
    this.#tell('who may read is not denied', detail, at, [client], topic);
  }

  #end({ at }: PhaseEvent): void {
    this.#unanswered(at);
    for (const track of this.#world.subscriptions.all) {
      const { principal, topic } = track;
      if (this.#world.rights.of(principal, 'subscribe', topic)?.isHeld !== true) continue;
      if (track.endedAt !== undefined) this.#ended(track, at);
      else if (!track.hasBegun) this.#neverBegun(track, at);
      else if (this.#world.run.seesLog) this.#behind(track, at);
    }
  }

  #unanswered(at: number): void {
    const byClient = new Map<string, PublishEvent[]>();
    for (const call of this.#world.calls.unanswered) {
      const calls = byClient.get(call.client) ?? [];
      calls.push(call);
      byClient.set(call.client, calls);
    }
    for (const [client, calls] of byClient) {
      const names = calls.slice(0, 3).map(({ call, messageId, topic }) => `${call} (${messageId}, ${topic})`);
      const more = calls.length > names.length ? ` and ${calls.length - names.length} more` : '';
      const detail = `The calls ${names.join(', ')}${more} of ${client} have no answer.`;
      this.#tell('every publish is answered', detail, at, [client], undefined);
    }
  }

  #ended({ name, client, topic, endCode, endedAt = 0 }: Track, at: number): void {
    if (endCode === undefined || FINAL_CODES.has(endCode)) return;
    const detail = `${name} of ${client} for ${topic} ended with ${endCode} ${at - endedAt} ms ago, may read, and was not opened again.`;
    this.#tell('who may read is subscribed', detail, at, [client], topic);
  }

  #neverBegun({ name, client, topic, openedAt }: Track, at: number): void {
    const detail = `${name} of ${client} asked for ${topic} ${at - openedAt} ms ago and has neither begun nor been refused.`;
    this.#tell('who may read is subscribed', detail, at, [client], topic);
  }

  #behind(track: Track, at: number): void {
    const log = this.#world.logs.of(track.topic).current;
    const head = log?.head;
    // After a loss of everything there is nothing to reach.
    if (log === undefined || head === undefined) return;
    if (track.mode === 'stream') this.#streamBehind(track, head, at);
    else if (track.mode === 'latest') this.#latestBehind(track, head, at);
    else if (track.mode === 'keyed') this.#keysBehind(track, log, at);
  }

  #streamBehind(track: Track, head: Entry, at: number): void {
    const { name, client, topic, last, places, told, gapAt } = track;
    if (places.some((place) => isUpTo(place, head))) return;
    // It was told what is missing, and goes on from there.
    if (told.length > 0 && gapAt !== undefined && isUpTo(gapAt, head)) return;
    const where = last === undefined ? 'nothing' : `${last.epoch}/${last.seqNo}`;
    const detail = `${name} of ${client} was given ${where} of ${topic} last; the head is ${head.epoch}/${head.seqNo}, stored ${at - head.at} ms ago.`;
    this.#tell('a stream reaches the head', detail, at, [client], topic);
  }

  #latestBehind(track: Track, head: Entry, at: number): void {
    const { name, client, topic, last, answer } = track;
    if (last !== undefined && (isUpTo(last, head) || last.messageId === head.messageId)) return;
    // It began behind the newest message, or with the state of a topic whose newest message is a removal.
    const begun = answer !== undefined && isUpTo(answer.position, head) ? answer.recovered : undefined;
    if (begun === 'none' && last === undefined) return;
    if (begun === 'gap' && track.told.length > 0) return;
    if (begun === 'full' && answer?.asked !== undefined && isUpTo(answer.asked, head)) return;
    if (begun === 'snapshot' && head.data === null && head.key !== undefined) return;
    const where = last === undefined ? 'nothing' : `${last.epoch}/${last.seqNo}`;
    const detail = `${name} of ${client} (latest) shows ${where} of ${topic}; the newest is ${head.epoch}/${head.seqNo}, stored ${at - head.at} ms ago.`;
    this.#tell('latest shows the newest message', detail, at, [client], topic);
  }

  #keysBehind(track: Track, log: EpochLog, at: number): void {
    // Inside an epoch a program is given rising seqNos only (I3). Where some were used twice it is shown what came first,
    // until later ones come; the backbone has broken its promise of a new epoch, and not everybody can notice.
    if (log.reusedAfter < Number.POSITIVE_INFINITY) return;
    const { name, client, topic } = track;
    const shown = this.#shown.get(track);
    const seen = new Set<string | undefined>();
    const begunAt = this.#begunWithoutState(track, log.epoch);
    for (let index = log.kept.length - 1; index >= 0; index--) {
      const entry = log.kept[index] as Entry;
      if (entry.seqNo <= begunAt) break;
      if (seen.has(entry.key)) continue;
      seen.add(entry.key);
      const has = shown?.get(entry.key);
      if (has !== undefined && (isUpTo(has, entry) || has.messageId === entry.messageId)) continue;
      if (isRemoval(entry) && (has === undefined || track.hadStateSince(entry))) continue;
      const key = entry.key === undefined ? 'without a key' : `of ${entry.key}`;
      const where = has === undefined ? 'none' : `${has.epoch}/${has.seqNo}`;
      const detail = `${name} of ${client} (keyed) shows ${where} ${key} in ${topic}; the newest is ${entry.epoch}/${entry.seqNo}, stored ${at - entry.at} ms ago.`;
      this.#tell('keyed shows the newest message of each key', detail, at, [client], topic);
      return;
    }
  }

  /** What came before a subscription without the state is not its matter. */
  #begunWithoutState({ begun }: Track, epoch: string): number {
    return begun !== undefined && begun.epoch === epoch ? begun.seqNo : 0;
  }

  #tell(rule: string, detail: string, at: number, nodes: readonly string[], topic: string | undefined): void {
    this.#report({ invariant: 'liveness', rule, detail, at, nodes, ...(topic === undefined ? {} : { topic }) });
  }
}

function isUpTo(place: { readonly epoch: string; readonly seqNo: number }, entry: Entry): boolean {
  return place.epoch === entry.epoch && place.seqNo >= entry.seqNo;
}

/** With a key, `null` removes the key from the state. */
function isRemoval({ key, data }: Entry): boolean {
  return key !== undefined && data === null;
}
