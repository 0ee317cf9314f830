/** I7: what is stored is what somebody published, and what is delivered is what is stored at that place. */

import type { DeliveredEvent, HistoryEvent, IntegrityEvent, StoredEvent } from '../history.ts';
import { sameJson } from './calls.ts';
import type { Checker, Report } from './checker.ts';
import type { World } from './world.ts';

export class IntegrityChecker implements Checker {
  readonly #world: World;
  readonly #report: Report;

  constructor(world: World, report: Report) {
    this.#world = world;
    this.#report = report;
  }

  take(event: HistoryEvent): void {
    if (event.kind === 'delivered') this.#delivered(event);
    else if (event.kind === 'stored' && event.restored !== true) this.#stored(event);
    else if (event.kind === 'integrity') this.#accused(event);
  }

  #stored({ at, topic, publisher, messageId, epoch, seqNo, key, data }: StoredEvent): void {
    const { calls } = this.#world.calls.story(topic, publisher, messageId);
    if (calls.some((call) => call.key === key && sameJson(call.data, data))) return;
    const what = `${messageId} of ${publisher} was stored in ${topic} at ${epoch}/${seqNo}`;
    const [call] = calls;
    const why =
      call === undefined
        ? 'and nobody published it'
        : `as ${text(key, data)}, published was ${text(call.key, call.data)}`;
    this.#tell('what is stored is what was published', `${what} ${why}.`, at, [publisher], topic);
  }

  #delivered({ at, client, topic, subscription, epoch, seqNo, messageId, key, data }: DeliveredEvent): void {
    if (!this.#world.run.seesLog) return;
    const log = this.#world.logs.of(topic).epoch(epoch);
    const entry = log?.find(seqNo, messageId);
    const what = `${subscription} of ${client} was given ${messageId} of ${topic} at ${epoch}/${seqNo}`;
    if (entry === undefined) {
      const there = log?.newestAt(seqNo)?.messageId;
      const where = there === undefined ? 'where nothing was ever stored' : `where ${there} is stored`;
      this.#tell('what is delivered is what is stored there', `${what}, ${where}.`, at, [client], topic);
    } else if (entry.key !== key || !sameJson(entry.data, data)) {
      const detail = `${what} as ${text(key, data)}, stored is ${text(entry.key, entry.data)}.`;
      this.#tell('what is delivered is what is stored there', detail, at, [client], topic);
    }
  }

  #accused({ at, client, topic, subscription, code }: IntegrityEvent): void {
    // Who has another message at a seqNo that was used twice has another sum, as it should.
    if (code === 'CHECKSUM_MISMATCH' && this.#world.logs.of(topic).wasReused) return;
    const detail = `${subscription} of ${client} was told ${code} for ${topic}.`;
    this.#tell('no checksum and no signature is wrong', detail, at, [client], topic);
  }

  #tell(rule: string, detail: string, at: number, nodes: readonly string[], topic: string): void {
    this.#report({ invariant: 'I7', rule, detail, at, nodes, topic });
  }
}

function text(key: string | undefined, data: unknown): string {
  const json = JSON.stringify(data);
  return `${json.length > 80 ? `${json.slice(0, 80)}…` : json}${key === undefined ? '' : ` under the key ${key}`}`;
}
