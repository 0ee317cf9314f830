/**
 * I6: a session is resumed by its owner only, and is one connection's at a time; and an answer `full` is true: the
 * position that was asked for stands in the log, and everything after it follows.
 */

import type { Position } from '@micro-socket/protocol';
import type { DeliveredEvent, HistoryEvent, IdentifiedEvent, SentEvent, SubscribedEvent } from '../history.ts';
import type { Checker, Report } from './checker.ts';
import { FAULT_ECHO_MS } from './delivery.ts';
import { missingBefore, toldBefore } from './gaps.ts';
import type { Track } from './subscriptions.ts';
import type { World } from './world.ts';

/** How long an answer of the backbone may be on its way before a gateway says what it means. */
const ON_ITS_WAY_MS = 1_000;

const FULL_RULE = 'a recovery is full only from a position that stands in the log';

export class ResumeChecker implements Checker {
  readonly #world: World;
  readonly #report: Report;
  /** The connection that has a session, of each gateway. */
  readonly #holders = new Map<string, string>();
  /** Which connection took the session over from this one. */
  readonly #takenOver = new Map<string, IdentifiedEvent>();
  readonly #seen = new Set<string>();

  constructor(world: World, report: Report) {
    this.#world = world;
    this.#report = report;
  }

  take(event: HistoryEvent): void {
    if (event.kind === 'resume-tried' && event.accepted && !event.isOwner) {
      const { at, client, principal, sessionId, connection } = event;
      const detail = `${client}, as ${principal}, resumed the session ${sessionId} of somebody else on ${connection}.`;
      this.#tell('a session is resumed by its owner only', detail, at, [client]);
    } else if (event.kind === 'identified') {
      this.#identified(event);
    } else if (event.kind === 'sent') {
      this.#sent(event);
    } else if (event.kind === 'subscribed') {
      this.#subscribed(event);
    } else if (event.kind === 'delivered' && event.fromSnapshot !== true) {
      this.#delivered(event);
    }
  }

  #identified(event: IdentifiedEvent): void {
    if (this.#seen.has(event.connection)) return;
    this.#seen.add(event.connection);
    const session = `${event.gateway}\n${event.sessionId}`;
    const holder = this.#holders.get(session);
    if (holder !== undefined && event.resumed) this.#takenOver.set(holder, event);
    this.#holders.set(session, event.connection);
  }

  #sent({ at, connection, client, gateway, topic, type, seqNo }: SentEvent): void {
    const taker = this.#takenOver.get(connection);
    if (taker === undefined) return;
    this.#takenOver.delete(connection);
    const what = `${type}${seqNo === undefined ? '' : ` ${seqNo}`} of ${topic}`;
    const since = `${taker.connection} had taken the session ${taker.sessionId} over ${at - taker.at} ms before`;
    const detail = `${gateway} sent ${what} to ${connection} of ${client}, although ${since}.`;
    this.#tell('a session has one connection of a gateway', detail, at, [gateway, client], topic);
  }

  #subscribed(event: SubscribedEvent): void {
    const { at, client, gateway, topic, recovered, position, asked } = event;
    const what = `${gateway} answered ${client} ${recovered} for ${topic}`;
    const nodes = [gateway, client];
    if (asked === undefined) {
      if (recovered !== 'full') return;
      this.#tell('an answer fits the question', `${what}, which asked for no position.`, at, nodes, topic);
      return;
    }
    const from = `${asked.epoch}/${asked.seqNo}`;
    if (recovered === 'none') {
      this.#tell('an answer fits the question', `${what}, which asked to go on from ${from}.`, at, nodes, topic);
    }
    if (recovered !== 'full') return;
    if (position.epoch !== asked.epoch || position.seqNo !== asked.seqNo) {
      const detail = `${what} from ${from}, and goes on from ${position.epoch}/${position.seqNo}.`;
      this.#tell('a full recovery goes on where it was asked to', detail, at, nodes, topic);
    }
    const problem = this.#world.run.seesLog ? this.#problemOf(asked, event) : undefined;
    if (problem === undefined) return;
    this.#tell(FULL_RULE, `${what} from ${from} (${asked.messageId ?? 'no message'}): ${problem}.`, at, nodes, topic);
  }

  /** Why an answer `full` is not true; `undefined` where nothing shows that. */
  #problemOf(asked: Position, { at, client, topic }: SubscribedEvent): string | undefined {
    const topicLog = this.#world.logs.of(topic);
    const log = topicLog.epoch(asked.epoch);
    const decidedAt = at - ON_ITS_WAY_MS;
    if (log === undefined) return asked.seqNo === 0 ? undefined : 'nothing was ever stored in this epoch';
    if (log.endedAt < decidedAt) return `the epoch ended ${at - log.endedAt} ms before`;
    const retention = this.#world.run.retentionMessagesMax;
    if (asked.seqNo === 0) return this.#evicted(log.kept[retention]?.at, at) ?? this.#newer(asked, at, client, topic);
    if (asked.messageId === undefined) return 'a position without a message is not anchored';
    const entry = log.find(asked.seqNo, asked.messageId);
    if (entry === undefined) return `there stands ${log.newestAt(asked.seqNo)?.messageId ?? 'nothing'}`;
    if (entry.lostAt !== undefined) {
      return entry.lostAt < decidedAt ? `the message was lost ${at - entry.lostAt} ms before` : undefined;
    }
    return this.#evicted(log.kept[entry.index + retention]?.at, at) ?? this.#newer(asked, at, client, topic);
  }

  #evicted(evictedAt: number | undefined, at: number): string | undefined {
    if (evictedAt === undefined || evictedAt >= at - ON_ITS_WAY_MS) return undefined;
    return `it was given up ${at - evictedAt} ms before, with ${this.#world.run.retentionMessagesMax} messages being kept`;
  }

  /** In the modes other than `stream` nothing is replayed, so `full` says that there is nothing newer. */
  #newer(asked: Position, at: number, client: string, topic: string): string | undefined {
    const mode = this.#world.subscriptions.newest(client, topic)?.mode ?? 'stream';
    if (mode === 'stream') return undefined;
    const next = this.#world.logs.of(topic).epoch(asked.epoch)?.firstAfter(asked.seqNo);
    if (next === undefined || next.at >= at - ON_ITS_WAY_MS || !this.#world.isQuiet(client, at - FAULT_ECHO_MS))
      return undefined;
    return `${next.seqNo} had been stored ${at - next.at} ms before, and the mode ${mode} replays nothing`;
  }

  /** The first message after an answer `full` follows the position. */
  #delivered(event: DeliveredEvent): void {
    if (!this.#world.run.seesLog) return;
    const track = this.#world.subscriptions.get(event);
    const full = track?.full;
    if (track === undefined || full === undefined || track.mode !== 'stream') return;
    if (toldBefore(track, event) !== undefined) return;
    const { at, client, topic, epoch, seqNo, messageId } = event;
    const entry = this.#world.logs.of(topic).find(epoch, seqNo, messageId);
    const missing = entry === undefined ? undefined : missingBefore(track, entry);
    if (missing === undefined || this.#wasReused(track, missing.first.seqNo, epoch)) return;
    const detail =
      `${track.name} of ${client} was given ${topic} ${epoch}/${seqNo} after ${full.gateway} had answered full from ` +
      `${full.position.seqNo}: ${missing.first.seqNo} to ${missing.last.seqNo} are missing.`;
    this.#tell('after a full recovery nothing is missing', detail, at, [full.gateway, client], topic);
  }

  #wasReused({ topic }: Track, seqNo: number, epoch: string): boolean {
    return (this.#world.logs.of(topic).epoch(epoch)?.reusedAfter ?? Number.POSITIVE_INFINITY) < seqNo;
  }

  #tell(rule: string, detail: string, at: number, nodes: readonly string[], topic?: string): void {
    this.#report({ invariant: 'I6', rule, detail, at, nodes, ...(topic === undefined ? {} : { topic }) });
  }
}
