/**
 * What a gateway puts on one connection of a `stream` subscription has neither holes nor heads ahead of their messages
 * (§5.5, §5.7). A client mends what it can, so a program may never notice; the promise is the gateway's all the same.
 *
 * The messages of a replay come again between the others, and are not looked at. Where a seqNo has more than one version
 * the wire does not say which one it was, and nothing is judged.
 */

import type { HistoryEvent, SentEvent, SubscribedEvent } from '../history.ts';
import type { Checker, Report } from './checker.ts';
import type { World } from './world.ts';

/** A subscription on the wire. */
interface Line {
  readonly begin: SubscribedEvent;
  seqNo: number;
  /** The messages after a position that was answered `full` are still on their way. */
  isRecovering: boolean;
}

export class WireChecker implements Checker {
  readonly #world: World;
  readonly #report: Report;
  readonly #lines = new Map<string, Line>();

  constructor(world: World, report: Report) {
    this.#world = world;
    this.#report = report;
  }

  take(event: HistoryEvent): void {
    if (event.kind === 'subscribed') {
      const line = { begin: event, seqNo: event.position.seqNo, isRecovering: event.recovered === 'full' };
      const mode = this.#world.subscriptions.newest(event.client, event.topic)?.mode;
      if (mode === 'stream') this.#lines.set(lineName(event), line);
    } else if (event.kind === 'sent') {
      const line = this.#lines.get(lineName(event));
      if (line !== undefined) this.#sent(event, line);
    }
  }

  #sent(event: SentEvent, line: Line): void {
    if (event.type === 'lagged') this.#lines.delete(lineName(event));
    else if (event.type === 'live') line.isRecovering = false;
    else if (event.type === 'message') this.#message(event, line);
    else if (event.type === 'head') this.#head(event, line);
  }

  #message({ at, gateway, client, topic, connection, seqNo = 0 }: SentEvent, line: Line): void {
    if (seqNo <= line.seqNo) return;
    const from = line.seqNo;
    line.seqNo = seqNo;
    if (!this.#world.run.seesLog) return;
    const log = this.#world.logs.of(topic).epoch(line.begin.position.epoch);
    const entry = log?.newestAt(seqNo);
    if (log === undefined || entry?.before === undefined || log.hasVersions(seqNo)) return;
    if (entry.before.seqNo <= from || log.reusedAfter < seqNo) return;
    // What the backbone has given up nobody can send.
    if (entry.before.index < log.kept.length - this.#world.run.retentionMessagesMax) return;
    const what = `${gateway} sent ${topic} ${seqNo} to ${client} (${connection}) after ${from}, and ${entry.before.seqNo} comes before it`;
    if (line.isRecovering) {
      const detail = `${what}; it had answered full from ${line.begin.position.seqNo}.`;
      this.#report({
        invariant: 'I6',
        rule: 'what a recovery sends has no hole',
        detail,
        at,
        nodes: [gateway, client],
        topic,
      });
    } else {
      const rule = 'what a gateway sends to a stream has no hole';
      this.#report({ invariant: 'I4', rule, detail: `${what}.`, at, nodes: [gateway, client], topic });
    }
  }

  #head({ at, gateway, client, topic, connection, seqNo = 0 }: SentEvent, line: Line): void {
    if (seqNo <= line.seqNo) return;
    const detail = `${gateway} said head ${seqNo} of ${topic} to ${client} (${connection}), which it has sent up to ${line.seqNo}.`;
    line.seqNo = seqNo;
    this.#report({
      invariant: 'I4',
      rule: 'no head comes before its messages',
      detail,
      at,
      nodes: [gateway, client],
      topic,
    });
  }
}

function lineName({ connection, topic }: { readonly connection: string; readonly topic: string }): string {
  return `${connection}\n${topic}`;
}
