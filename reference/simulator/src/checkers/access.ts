/**
 * I1: no byte of a topic for one who may not read it, and nothing stored from one who may not publish.
 *
 * What was allowed may travel on for `accessRecheckMs` after the right has ended, because live subscriptions are asked for
 * again no more often. That does not cover what was asked for after the end: a connection, or a subscription, that
 * began without the right is wrong at once, and so is everything that was never granted.
 */

import type { HistoryEvent, SentEvent, StoredEvent } from '../history.ts';
import type { Checker, Report } from './checker.ts';
import type { World } from './world.ts';

/** Timers fall on whole milliseconds. */
const ROUNDING_MS = 1;

const READ_RULE = 'a gateway gives bytes of a topic only to those who may read it';
const IDENTIFIED_RULE = 'a gateway gives bytes of a topic only to connections that were identified';
const EXPIRY_RULE = 'a connection gets nothing after its token has expired';
const PUBLISH_RULE = 'nothing is stored from one who may not publish';

export class AccessChecker implements Checker {
  readonly #world: World;
  readonly #report: Report;
  /** What was reported already, of each connection and topic. */
  readonly #told = new Set<string>();

  constructor(world: World, report: Report) {
    this.#world = world;
    this.#report = report;
  }

  take(event: HistoryEvent): void {
    if (event.kind === 'sent') this.#sent(event);
    else if (event.kind === 'stored' && event.restored !== true) this.#stored(event);
    else if (event.kind === 'delivered' && !this.#world.run.seesWire) {
      const track = this.#world.subscriptions.get(event);
      if (track === undefined || this.#world.rights.of(track.principal, 'subscribe', event.topic) !== undefined) return;
      const { client, topic, at } = event;
      this.#tell(
        READ_RULE,
        `${client} was given ${topic} ${event.seqNo}, which was never granted to it`,
        at,
        [client],
        topic,
      );
    }
  }

  #sent(event: SentEvent): void {
    const { at, client, connection, gateway, topic, type, seqNo } = event;
    const nodes = [gateway, client];
    const what = `${gateway} sent ${type}${seqNo === undefined ? '' : ` ${seqNo}`} of ${topic} to ${client} (${connection})`;
    const known = this.#world.connections.get(connection);
    if (known === undefined) {
      this.#tell(IDENTIFIED_RULE, `${what}, which was not identified`, at, nodes, topic, connection);
      return;
    }
    const { principal, at: begunAt } = known.begin;
    const { accessRecheckMs, clockSkewMsMax } = this.#world.run;
    const { expiresAt } = known;
    if (expiresAt !== undefined && at > expiresAt + clockSkewMsMax + accessRecheckMs + ROUNDING_MS) {
      this.#tell(
        EXPIRY_RULE,
        `${what}, ${at - expiresAt} ms after its token had expired`,
        at,
        nodes,
        topic,
        connection,
      );
    }
    const right = this.#world.rights.of(principal, 'subscribe', topic);
    if (right === undefined) {
      this.#tell(READ_RULE, `${what}; ${principal} was never granted to read it`, at, nodes, topic, connection);
      return;
    }
    const { endedAt } = right;
    if (endedAt === undefined) return;
    const since = `${principal} may not read it any more, since ${at - endedAt} ms`;
    if (at > endedAt + accessRecheckMs + ROUNDING_MS) {
      this.#tell(READ_RULE, `${what}; ${since}, and ${accessRecheckMs} ms are the bound`, at, nodes, topic, connection);
    } else if (begunAt > endedAt) {
      this.#tell(READ_RULE, `${what}; ${since}, before the connection began`, at, nodes, topic, connection);
    } else if (type === 'subscribed' && (this.#world.subscriptions.newest(client, topic)?.openedAt ?? at) > endedAt) {
      this.#tell(READ_RULE, `${what}; ${since}, before it asked to subscribe`, at, nodes, topic, connection);
    }
  }

  #stored({ at, topic, publisher, messageId, epoch, seqNo }: StoredEvent): void {
    const right = this.#world.rights.of(publisher, 'publish', topic);
    const what = `${messageId} of ${publisher} was stored in ${topic} at ${epoch}/${seqNo}`;
    if (right === undefined) {
      this.#tell(PUBLISH_RULE, `${what}; to publish there was never granted to it`, at, [publisher], topic);
      return;
    }
    // The gateway asks when the publish arrives, which is some moment between the call and the storing.
    const calledAt = this.#world.calls.story(topic, publisher, messageId).calls[0]?.at ?? at;
    if (right.wasHeldWithin(calledAt, at)) return;
    const since = `it was called ${at - calledAt} ms before, and the right had ended ${at - (right.endedAt ?? at)} ms before`;
    this.#tell(PUBLISH_RULE, `${what}; ${since}`, at, [publisher], topic, `${messageId}\n${publisher}`);
  }

  #tell(rule: string, detail: string, at: number, nodes: readonly string[], topic: string, about = nodes.join()): void {
    const breach = `${rule}\n${topic}\n${about}`;
    if (this.#told.has(breach)) return;
    this.#told.add(breach);
    this.#report({ invariant: 'I1', rule, detail: `${detail}.`, at, nodes, topic });
  }
}
