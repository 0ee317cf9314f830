/**
 * I4: what was acknowledged is stored, and a `stream` subscriber is given all of it, or is told what it was not given
 * before its next message. In the other modes what was left out is marked.
 *
 * Telling is no way out of delivering: in quiet times nothing may be told lost that the backbone could still have read,
 * and nothing that is not missing. A log that was cut short without noticing makes both possible, so there it is excused.
 */

import type { Position } from '@micro-socket/protocol';
import type { DeliveredEvent, HistoryEvent, PublishedEvent, ToldGap } from '../history.ts';
import type { Checker, Report } from './checker.ts';
import { covers, gapText, isKeptAfter, missingBefore, toldBefore } from './gaps.ts';
import type { Entry } from './log.ts';
import type { Track } from './subscriptions.ts';
import type { World } from './world.ts';

/** A replay that brings nothing for ten seconds is given up, so a fault is felt for a while after its end. */
export const FAULT_ECHO_MS = 15_000;

const UNTOLD_RULE = 'a stream misses nothing that it was not told of';

export class DeliveryChecker implements Checker {
  readonly #world: World;
  readonly #report: Report;
  /** The subscriptions whose gap was judged when it was told, and which the next message only tells again. */
  readonly #judged = new Set<Track>();

  constructor(world: World, report: Report) {
    this.#world = world;
    this.#report = report;
  }

  take(event: HistoryEvent): void {
    if (!this.#world.run.seesLog) return;
    if (event.kind === 'published') this.#published(event);
    else if (event.kind === 'delivered') this.#delivered(event);
    else if (event.kind === 'told') {
      const track = this.#world.subscriptions.get(event);
      if (track === undefined) return;
      this.#judged.add(track);
      this.#judge(event.gap, track, event.at, track.last);
    }
  }

  #published({ at, client, topic, messageId, call: number, status, position, ...event }: PublishedEvent): void {
    const call = this.#world.calls.callOf({ at, client, topic, messageId, call: number, status, position, ...event });
    if (call === undefined) return;
    const { stored } = this.#world.calls.story(topic, call.principal, messageId);
    const answer = `Call ${number} of ${client} (${messageId}, ${topic}) was answered ${status} at ${position.epoch}/${position.seqNo}`;
    if (stored.length === 0) {
      this.#tell('what is acknowledged is stored', `${answer}, and it was never stored.`, at, [client], topic);
      return;
    }
    const entry = stored.findLast(({ epoch, seqNo }) => epoch === position.epoch && seqNo === position.seqNo);
    if (entry?.lostAt === undefined || entry.lostAt >= call.at) return;
    const detail = `${answer}, which was lost ${call.at - entry.lostAt} ms before the call.`;
    this.#tell('what is acknowledged is stored', detail, at, [client], topic);
  }

  #delivered(event: DeliveredEvent): void {
    const track = this.#world.subscriptions.get(event);
    if (track === undefined) return;
    const wasJudged = this.#judged.delete(track);
    if (event.gap !== undefined && !wasJudged) this.#judge(event.gap, track, event.at, track.last);
    if (event.fromSnapshot === true) return;
    const { topic, epoch, seqNo, messageId } = event;
    const entry = this.#world.logs.of(topic).find(epoch, seqNo, messageId);
    if (track.mode === 'stream') this.#stream(event, track, entry);
    else this.#conflating(event, track, entry);
  }

  #stream(event: DeliveredEvent, track: Track, entry: Entry | undefined): void {
    const { at, client, topic, subscription, epoch, seqNo } = event;
    if (track.places.length === 0) return;
    const told = toldBefore(track, event);
    const what = `${subscription} of ${client} was given ${topic} ${epoch}/${seqNo}`;
    if (!track.places.some((place) => place.epoch === epoch)) {
      if (told?.epochChanged === true) return;
      const from = placesText(track.places);
      const detail = `${what} after ${from}, and ${told === undefined ? 'was not told' : `was told ${gapText(told)}`}.`;
      this.#tell('a new epoch is told', detail, at, [client], topic);
      return;
    }
    const missing = entry === undefined ? undefined : missingBefore(track, entry);
    if (missing === undefined || this.#wasReused(topic, epoch, missing.first)) return;
    const { first, last } = missing;
    const lack = first === last ? `${first.seqNo} is missing` : `${first.seqNo} to ${last.seqNo} are missing`;
    if (told === undefined) {
      // What follows an answer `full` is promised by I6.
      if (track.full === undefined)
        this.#tell(UNTOLD_RULE, `${what} after ${placesText(track.places)}: ${lack}.`, at, [client], topic);
    } else if (!covers(told, missing)) {
      this.#tell(
        'a gap names all that is missing',
        `${what} and was told ${gapText(told)}, but ${lack}.`,
        at,
        [client],
        topic,
      );
    }
  }

  #conflating(event: DeliveredEvent, track: Track, entry: Entry | undefined): void {
    const { at, client, topic, subscription, epoch, seqNo, conflated } = event;
    if (conflated === true || toldBefore(track, event) !== undefined) return;
    if (entry === undefined || track.hasUnknownState || track.places.length === 0) return;
    if (track.mode === 'keyed' && !this.#world.run.seesWire) return;
    const what = `${subscription} of ${client} (${track.mode}) was given ${topic} ${epoch}/${seqNo}`;
    if (!track.places.some((place) => place.epoch === epoch)) {
      this.#tell(
        'a new epoch is told',
        `${what} after ${placesText(track.places)}, and was not told.`,
        at,
        [client],
        topic,
      );
      return;
    }
    const missing = missingBefore(track, entry);
    if (missing === undefined || this.#wasReused(topic, epoch, missing.first)) return;
    const detail = `${what} after ${placesText(track.places)}, and ${missing.first.seqNo} to ${missing.last.seqNo} were left out without a mark.`;
    this.#tell('what a mode leaves out is marked', detail, at, [client], topic);
  }

  /** Whether a gap that was told is one. */
  #judge(gap: ToldGap, track: Track, at: number, last: Position | undefined): void {
    const { client, topic, name } = track;
    const { logs } = this.#world;
    const what = `${name} of ${client} was told that messages of ${topic} ${gapText(gap)} are missing`;
    if (gap.epochChanged) {
      const current = logs.of(topic).current?.epoch;
      if (
        logs.lostAt !== undefined ||
        last === undefined ||
        last.epoch !== current ||
        last.epoch !== track.answer?.position.epoch
      )
        return;
      this.#tell(
        'nothing is told lost for nothing',
        `${what}, and ${last.epoch} is still the epoch.`,
        at,
        [client],
        topic,
      );
      return;
    }
    // A place whose message is not known cannot be anchored, so what follows it is lost to its reader.
    const place = track.last ?? track.places[0];
    if (place === undefined || (place.seqNo > 0 && place.messageId === undefined)) return;
    const log = logs.of(topic).epoch(place.epoch);
    if (log === undefined ? logs.of(topic).lostAt !== undefined : log.hasLost || log.endedAt <= at) return;
    const isQuiet = this.#world.isQuiet(client, at - FAULT_ECHO_MS);
    const first = log?.firstAfter(gap.afterSeqNo);
    if (first === undefined || first.seqNo >= (gap.beforeSeqNo ?? Number.POSITIVE_INFINITY)) {
      // A gateway that was cut off from the backbone does not know yet what a reader has from another one.
      if (isQuiet) this.#tell('nothing is told lost for nothing', `${what}, and there are none.`, at, [client], topic);
      return;
    }
    if (gap.afterSeqNo < place.seqNo) {
      this.#tell('nothing is told lost for nothing', `${what}, and it was given ${place.seqNo}.`, at, [client], topic);
      return;
    }
    if (track.mode !== 'stream' || !isKeptAfter(this.#world, topic, place)) return;
    // A client that was cut off, or did not read for a while, is served from the history all the same.
    if (!this.#world.isOnlyClients(at - FAULT_ECHO_MS)) return;
    const kept = `${what}, although the backbone still has everything after ${place.epoch}/${place.seqNo}`;
    const full = track.full;
    if (full === undefined) {
      this.#tell('what is still kept is delivered', `${kept}.`, at, [client], topic);
      return;
    }
    const rule = 'after a full recovery nothing is missing';
    const detail = `${kept} and ${full.gateway} had answered full.`;
    this.#report({ invariant: 'I6', rule, detail, at, nodes: [full.gateway, client], topic });
  }

  /** Seqnos that were given to others are not told apart by a reader of numbers. */
  #wasReused(topic: string, epoch: string, first: Entry): boolean {
    return (
      (this.#world.logs.of(topic).epoch(epoch)?.reusedAfter ?? Number.POSITIVE_INFINITY) < first.seqNo &&
      first.lostAt !== undefined
    );
  }

  #tell(rule: string, detail: string, at: number, nodes: readonly string[], topic: string): void {
    this.#report({ invariant: 'I4', rule, detail, at, nodes, topic });
  }
}

function placesText(places: readonly Position[]): string {
  return places.map(({ epoch, seqNo }) => `${epoch}/${seqNo}`).join(' or ');
}
