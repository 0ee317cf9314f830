/** I3: one order for everybody. The log rises and names its chain, everybody is given it rising, and a publisher's own order is kept. */

import type { DeliveredEvent, HistoryEvent, PublishEvent, StoredEvent } from '../history.ts';
import type { Checker, Report } from './checker.ts';
import type { World } from './world.ts';

/** For how long a fault of the backbone may still make a publish wait that was refused for now. */
const FAULT_ECHO_MS = 15_000;

export class OrderChecker implements Checker {
  readonly #world: World;
  readonly #report: Report;
  /** The call of the newest message of each client and topic. */
  readonly #newest = new Map<string, PublishEvent>();
  /** Where the log is not seen: what each place was said to hold. */
  readonly #seen = new Map<string, { readonly messageId: string; readonly client: string }>();

  constructor(world: World, report: Report) {
    this.#world = world;
    this.#report = report;
  }

  take(event: HistoryEvent): void {
    if (event.kind === 'stored') {
      this.#chain(event);
      if (event.restored !== true) this.#publishersOrder(event);
    } else if (event.kind === 'delivered') {
      if (!this.#world.run.seesLog) this.#agreement(event);
      if (event.fromSnapshot !== true) this.#rising(event);
    }
  }

  #chain({ at, topic, epoch, seqNo, prevSeqNo, messageId }: StoredEvent): void {
    const before = this.#world.logs.of(topic).epoch(epoch)?.head?.before;
    const prev = before?.seqNo ?? 0;
    const what = `${messageId} was stored in ${topic} at ${epoch}/${seqNo} after ${prevSeqNo}`;
    if (seqNo <= prev) {
      this.#tell('seqNos of a log rise', `${what}, and ${prev} was there before.`, at, ['engine'], topic);
    } else if (prevSeqNo !== prev) {
      this.#tell(
        'prevSeqNo names the message before',
        `${what}, and the one before is ${prev}.`,
        at,
        ['engine'],
        topic,
      );
    }
  }

  #publishersOrder({ at, topic, publisher, messageId, seqNo }: StoredEvent): void {
    const { calls, stored, isGivenUp } = this.#world.calls.story(topic, publisher, messageId);
    const [call] = calls;
    // One that was given up, or lost and published again, has no place of its own among the others.
    if (call === undefined || stored.length > 0 || isGivenUp) return;
    const name = `${call.client}\n${topic}`;
    const newest = this.#newest.get(name);
    if (newest === undefined || call.call > newest.call) {
      this.#newest.set(name, call);
      return;
    }
    if (call.call === newest.call || !this.#keepsOrder(call)) return;
    const detail = `Call ${call.call} of ${call.client} (${messageId}, ${topic}) was stored at ${seqNo}, behind its call ${newest.call} (${newest.messageId}).`;
    this.#tell("a publisher's own order is kept", detail, at, [call.client], topic);
  }

  /**
   * Who has one publish unanswered at a time keeps its order always. Others keep it through lost connections as well
   * (§9.1), but not when a publish is refused for now, as it is when the backbone cannot be reached.
   */
  #keepsOrder({ at, ordered }: PublishEvent): boolean {
    return ordered || this.#world.isBackboneQuiet(at - FAULT_ECHO_MS);
  }

  #rising(event: DeliveredEvent): void {
    const track = this.#world.subscriptions.get(event);
    const { at, client, topic, subscription, epoch, seqNo, messageId, gap } = event;
    const upTo = track?.newsUpTo.get(epoch);
    if (track === undefined || upTo === undefined || seqNo > upTo) return;
    const log = this.#world.logs.of(topic).epoch(epoch);
    if (log !== undefined && log.reusedAfter < upTo && (gap !== undefined || track.told.length > 0)) return;
    // The very same message once more is a matter of I2.
    if (seqNo === upTo && track.last?.messageId === messageId) return;
    const detail = `${subscription} of ${client} was given ${topic} ${epoch}/${seqNo} (${messageId}) after ${upTo}.`;
    this.#tell('what a program is given rises', detail, at, [client], topic);
  }

  #agreement({ at, client, topic, epoch, seqNo, messageId }: DeliveredEvent): void {
    const place = `${topic}\n${epoch}\n${seqNo}`;
    const seen = this.#seen.get(place);
    if (seen === undefined) {
      this.#seen.set(place, { messageId, client });
    } else if (seen.messageId !== messageId) {
      const detail = `${topic} ${epoch}/${seqNo} is ${messageId} for ${client} and ${seen.messageId} for ${seen.client}.`;
      this.#tell('one place holds one message for everybody', detail, at, [client, seen.client], topic);
    }
  }

  #tell(rule: string, detail: string, at: number, nodes: readonly string[], topic: string): void {
    this.#report({ invariant: 'I3', rule, detail, at, nodes, topic });
  }
}
