/**
 * I5: a second whose 99th percentile is above the objective is announced as `late` within two seconds, and a full second
 * below it as `ok`; nothing is announced without a reason.
 *
 * How a gateway cuts time into seconds is its own affair. But as long as there are fewer than a hundred messages in a
 * second, the 99th percentile is the longest of their times. So one message that took too long makes a breach, however
 * time is cut; where there are more of them nothing is held against the gateway. And who has been given everything in
 * time for long enough has seen a full second below the objective.
 *
 * Only those are judged by who kept up all the time: who was given each message at once, and none but the next one. Who
 * was behind when a change was announced is not told of it, so nothing is held against a gateway that told others.
 *
 * A time is known in two ways. From storing to the gateway's getting it is the least that can have passed; what passed
 * until it was given away as well is the most. A breach is judged by the least, its absence by the most.
 */

import type { HistoryEvent, ReceivedEvent, SentEvent } from '../history.ts';
import type { Checker, Report } from './checker.ts';
import type { Entry } from './log.ts';
import type { World } from './world.ts';

const SECOND_MS = 1_000;

/** For timers, which need not look more often than twice a second. */
const TIMER_MS = 500;

/** The rest of the second that holds the message, and the two that telling may take. */
const TOLD_WITHIN_MS = SECOND_MS + 2 * SECOND_MS + TIMER_MS;

/** A second that is over when the first message comes in time, a full one behind it, and the two that telling may take. */
const WELL_WITHIN_MS = 2 * SECOND_MS + 2 * SECOND_MS + TIMER_MS;

/** With fewer messages in a second its 99th percentile, by nearest rank, is the longest time. */
const CROWD = 100;

/** Messages that are further apart may leave a second empty, and an empty one is below the objective. */
const APART_MS = 500;

/** After such a silence a sub-socket may be a new one, which begins as `ok`. */
const FORGOTTEN_MS = 10 * SECOND_MS;

/** A message that is given away this soon after it came is given to one who keeps up. */
const AT_ONCE_MS = 20;

/** The second that was judged, the one in which it is told, and one for timers. */
const REASON_MS = 3 * SECOND_MS;

/** Who joins a topic that is late is told so; it may have been late for as long as it takes to find out that it is well. */
const REASON_OF_JOINER_MS = 5 * SECOND_MS;

/** What one connection was given of one topic. */
interface Member {
  seqNo: number;
  epoch: string;
  at: number;
  /** Since when it has kept up. */
  readonly liveSince: number;
  /** Since when everything was late, or everything was in time. */
  since: number;
  isLate: boolean;
  /** When it was given a late message that it has not been told of; `undefined` when there is none. */
  owedSince: number | undefined;
}

/** What a gateway knows of one topic. */
interface Desk {
  readonly received: Map<number, { readonly epoch: string; readonly at: number; readonly gatewayTime: number }>;
  readonly members: Map<string, Member>;
  /** What each connection was told last since its subscription began, and when. A subscription begins as `ok` (§5.8). */
  readonly said: Map<string, { readonly state: SentEvent['state']; readonly at: number }>;
  /** When messages came in the last two seconds: more than any one second around them can hold. */
  readonly arrivals: number[];
  /** When there were last too many to know their 99th percentile. */
  crowdedAt: number;
  /** When something was last given away that may have been late. */
  lateAt: number;
  /** What was announced last, and when. */
  announced: SentEvent['state'];
  announcedAt: number;
  /** When anything was last sent. */
  sentAt: number;
  /** That it does not say `late` was reported, and it has not said it since. */
  isKnownMute: boolean;
  /** When a breach of another rule was last reported. */
  reportedAt: number;
}

/** How many receipts of a topic are remembered; a message that is given away later was not given away at once. */
const RECEIPTS_MAX = 1_024;

export class LatencyChecker implements Checker {
  readonly #world: World;
  readonly #report: Report;
  readonly #desks = new Map<string, Desk>();

  constructor(world: World, report: Report) {
    this.#world = world;
    this.#report = report;
  }

  take(event: HistoryEvent): void {
    if (event.kind === 'received') this.#received(event);
    else if (event.kind === 'sent' && event.type === 'message') this.#sent(event);
    else if (event.kind === 'sent' && event.type === 'health') this.#health(event);
    else if (event.kind === 'sent' && event.type === 'subscribed') this.#begun(event);
  }

  #begun({ at, gateway, topic, connection }: SentEvent): void {
    const desk = this.#desk(gateway, topic);
    desk.members.delete(connection);
    desk.said.delete(connection);
    if (at - desk.sentAt > FORGOTTEN_MS) desk.announced = 'ok';
    desk.sentAt = at;
  }

  #received({ at, gateway, topic, epoch, seqNo, gatewayTime }: ReceivedEvent): void {
    const desk = this.#desk(gateway, topic);
    const entry = this.#world.logs.of(topic).epoch(epoch)?.newestAt(seqNo);
    if (entry !== undefined && gatewayTime - entry.time > this.#objectiveMs) desk.lateAt = at;
    if (desk.received.get(seqNo)?.epoch === epoch) return;
    desk.received.delete(seqNo);
    desk.received.set(seqNo, { epoch, at, gatewayTime });
    desk.arrivals.push(at);
    while ((desk.arrivals[0] ?? at) < at - 2 * SECOND_MS) desk.arrivals.shift();
    if (desk.arrivals.length >= CROWD) {
      desk.crowdedAt = at;
      // What is known already need not be counted any further, and a burst is not kept.
      desk.arrivals.shift();
    }
    if (desk.received.size <= RECEIPTS_MAX) return;
    for (const oldest of desk.received.keys()) {
      desk.received.delete(oldest);
      return;
    }
  }

  #sent(event: SentEvent): void {
    const { at, gateway, topic, connection, seqNo = 0 } = event;
    const desk = this.#desk(gateway, topic);
    desk.sentAt = at;
    const receipt = desk.received.get(seqNo);
    const member = desk.members.get(connection);
    if (receipt === undefined) {
      this.#noteUnseen(desk, topic, seqNo, at);
      desk.members.delete(connection);
      return;
    }
    const entry = this.#world.logs.of(topic).epoch(receipt.epoch)?.newestAt(seqNo);
    if (entry === undefined) return;
    const leastMs = receipt.gatewayTime - entry.time;
    const mostMs = leastMs + (at - receipt.at);
    if (mostMs > this.#objectiveMs) desk.lateAt = at;
    if (at - receipt.at > AT_ONCE_MS) {
      desk.members.delete(connection);
      return;
    }
    const isLate = leastMs > this.#objectiveMs;
    const surely = isLate || mostMs <= this.#objectiveMs;
    const owedSince = isLate && desk.announced !== 'late' ? at : undefined;
    if (member === undefined || !surely || !goesOn(member, entry)) {
      desk.members.set(connection, { seqNo, epoch: entry.epoch, at, liveSince: at, since: at, isLate, owedSince });
      return;
    }
    if (member.isLate !== isLate || (isLate && at - member.at > APART_MS)) member.since = at;
    member.isLate = isLate;
    member.owedSince ??= owedSince;
    member.seqNo = seqNo;
    member.epoch = entry.epoch;
    member.at = at;
    this.#judge(desk, member, event);
  }

  /** A gateway has many ways to get a message that it was not seen to get; its clock is off by the stated bound at most. */
  #noteUnseen(desk: Desk, topic: string, seqNo: number, at: number): void {
    const entry = this.#world.logs.of(topic).current?.newestAt(seqNo);
    if (entry === undefined || at + this.#world.run.clockSkewMsMax - entry.time > this.#objectiveMs) desk.lateAt = at;
  }

  #judge(desk: Desk, member: Member, { gateway, topic, client, connection, at }: SentEvent): void {
    const { since, liveSince, isLate, owedSince } = member;
    const said = desk.said.get(connection);
    if (owedSince !== undefined && at - owedSince > TOLD_WITHIN_MS) {
      member.owedSince = undefined;
      const wasTold = desk.announced === 'late' || desk.announcedAt >= owedSince;
      if (wasTold || desk.crowdedAt >= owedSince || desk.isKnownMute) return;
      desk.isKnownMute = true;
      const detail = `${gateway} gave ${client} a message of ${topic} later than ${this.#objectiveMs} ms after it was stored, and has not said late in ${at - owedSince} ms.`;
      this.#tell('a second above the objective is told', detail, at, [gateway, client], topic);
      return;
    }
    const isOwedOk = said?.state === 'late' && liveSince <= said.at && said.at < since && desk.announced === 'late';
    if (isLate || !isOwedOk || at - since <= WELL_WITHIN_MS || desk.reportedAt >= since) return;
    desk.reportedAt = at;
    const detail = `${gateway} gave ${client} all messages of ${topic} within ${this.#objectiveMs} ms for ${at - since} ms, and still says late.`;
    this.#tell('a full second below the objective is told', detail, at, [gateway, client], topic);
  }

  #health({ at, gateway, topic, connection, client, state }: SentEvent): void {
    const desk = this.#desk(gateway, topic);
    const member = desk.members.get(connection);
    const reasonMs = desk.said.has(connection) ? REASON_MS : REASON_OF_JOINER_MS;
    desk.said.set(connection, { state, at });
    desk.announced = state;
    desk.announcedAt = at;
    desk.sentAt = at;
    if (state === 'late') desk.isKnownMute = false;
    if (desk.reportedAt === at) return;
    if (state === 'late' && at - desk.lateAt > reasonMs) {
      desk.reportedAt = at;
      const detail = `${gateway} said late to ${client} for ${topic}, and no message took longer than ${this.#objectiveMs} ms in the last ${reasonMs} ms.`;
      this.#tell('late is said for a reason', detail, at, [gateway, client], topic);
    }
    if (state === 'ok' && member?.isLate === true && at - member.since > REASON_MS && at - member.at <= APART_MS) {
      desk.reportedAt = at;
      const detail = `${gateway} said ok to ${client} for ${topic}, after giving it nothing but late messages for ${at - member.since} ms.`;
      this.#tell('ok is said for a reason', detail, at, [gateway, client], topic);
    }
  }

  get #objectiveMs(): number {
    return this.#world.run.latencyObjectiveMs;
  }

  #desk(gateway: string, topic: string): Desk {
    const name = `${gateway}\n${topic}`;
    let desk = this.#desks.get(name);
    if (desk === undefined) {
      const never = Number.NEGATIVE_INFINITY;
      desk = {
        received: new Map(),
        members: new Map(),
        said: new Map(),
        arrivals: [],
        crowdedAt: never,
        lateAt: never,
        announced: 'ok',
        announcedAt: never,
        sentAt: never,
        isKnownMute: false,
        reportedAt: never,
      };
      this.#desks.set(name, desk);
    }
    return desk;
  }

  #tell(rule: string, detail: string, at: number, nodes: readonly string[], topic: string): void {
    this.#report({ invariant: 'I5', rule, detail, at, nodes, topic });
  }
}

/** Whether a message comes right behind the one that the member was given before: then none is unaccounted for. */
function goesOn(member: Member, entry: Entry): boolean {
  return member.epoch === entry.epoch && entry.before?.seqNo === member.seqNo;
}
