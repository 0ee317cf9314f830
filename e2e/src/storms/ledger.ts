/**
 * Keeps account of what was published, answered and delivered in a round, and compares it with what is read back.
 *
 * It knows nothing of the invariants' checkers and of their history: it is the plain question whether everything that was
 * promised is there, once, unchanged and in its place. What it goes by are the answers that programs were given.
 */

import { isDeepStrictEqual } from 'node:util';
import type { StoredMessage } from '@micro-socket/client';
import type { JsonValue, Position } from '@micro-socket/protocol';

export interface Call {
  readonly client: string;
  readonly topic: string;
  readonly messageId: string;
  /** The place of the call among those of its client, from 1. */
  readonly call: number;
}

export interface CalledPublish extends Call {
  readonly data: JsonValue;
  readonly key: string | undefined;
  /** The client has one unanswered publish at a time. */
  readonly ordered: boolean;
}

interface Known extends CalledPublish {
  answer: { readonly status: 'ok' | 'duplicate'; readonly position: Position } | undefined;
  failure: string | undefined;
}

export interface Delivery {
  readonly topic: string;
  readonly epoch: string;
  readonly seqNo: number;
  readonly messageId: string;
  readonly by: string | undefined;
}

/** What is found when the account is compared with what is stored. */
export interface Audit {
  /** What is wrong, one sentence each. */
  readonly problems: readonly string[];
  /** Acknowledged messages that are not there although their level says that they must be. */
  readonly lost: number;
  /** Acknowledged messages that went with an earlier epoch of a backbone that keeps nothing. */
  readonly forgotten: number;
}

export class Ledger {
  readonly #calls: Known[] = [];
  readonly #byName = new Map<string, Known>();
  /** The calls of each topic, client and messageId, oldest first. */
  readonly #byMessage = new Map<string, Known[]>();
  readonly #delivered = new Map<string, Delivery>();
  readonly #failures = new Map<string, number>();
  readonly #refusals = new Map<string, number>();
  /** Clients of which a publish was refused for now: they may have lost their order, unless they send one at a time (§4.4). */
  readonly #disordered = new Set<string>();
  #deliveries = 0;
  #acknowledged = 0;

  /** Answers `ok` and `duplicate` together. */
  get publishesAcknowledged(): number {
    return this.#acknowledged;
  }

  get deliveries(): number {
    return this.#deliveries;
  }

  /** How many calls have failed for good, by code. */
  get failures(): ReadonlyMap<string, number> {
    return this.#failures;
  }

  /** How often gateways have refused a publish, by code; most are sent again. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#refusals;
  }

  called(call: CalledPublish): void {
    const known: Known = { ...call, answer: undefined, failure: undefined };
    this.#calls.push(known);
    this.#byName.set(nameOf(call), known);
    const message = `${call.topic}\n${call.client}\n${call.messageId}`;
    this.#byMessage.set(message, [...(this.#byMessage.get(message) ?? []), known]);
  }

  /**
   * A client has lost its connection while something was unanswered, and the gateway may have refused that with an answer
   * which nobody has seen. So it may have lost its order.
   */
  mayHaveRefused(client: string): void {
    this.#disordered.add(client);
  }

  acknowledged(call: Call, status: 'ok' | 'duplicate', position: Position): void {
    const known = this.#byName.get(nameOf(call));
    if (known === undefined) return;
    known.answer = { status, position };
    this.#acknowledged += 1;
  }

  failed(call: Call, code: string): void {
    const known = this.#byName.get(nameOf(call));
    if (known !== undefined) known.failure = code;
    addTo(this.#failures, code);
  }

  refused(client: string, code: string): void {
    addTo(this.#refusals, code);
    // A conflict is no reason to send anything again.
    if (code !== 'MESSAGE_ID_CONFLICT') this.#disordered.add(client);
  }

  delivered(delivery: Delivery): void {
    this.#deliveries += 1;
    this.#delivered.set(`${delivery.topic}\n${delivery.epoch}\n${delivery.seqNo}\n${delivery.messageId}`, delivery);
  }

  /**
   * Compares with what was read of a topic from its beginning to its end. `isForgetful`: the backbone loses everything
   * when it is killed, so what was acknowledged in an earlier epoch may be gone.
   */
  audit(topic: string, entries: readonly StoredMessage[], isForgetful: boolean): Audit {
    const problems = [...chainProblems(topic, entries), ...this.#contentProblems(topic, entries)];
    const found = new Map(entries.map((entry) => [placeOf(entry), entry]));
    const epoch = entries[0]?.epoch;
    let lost = 0;
    let forgotten = 0;
    for (const { answer, client, messageId, call, ...known } of this.#calls) {
      if (known.topic !== topic || answer === undefined) continue;
      const { position, status } = answer;
      if (isForgetful && position.epoch !== epoch) {
        forgotten += 1;
        continue;
      }
      const entry = found.get(placeOf({ ...position, messageId }));
      const what = `${messageId} of ${topic}, call ${call} of ${client}, acknowledged ${status} at ${position.epoch}/${position.seqNo}`;
      if (entry === undefined) {
        lost += 1;
        problems.push(`Lost: ${what}, is not there. ${whereIs(messageId, entries)}`);
      } else if (entry.key !== known.key || !isDeepStrictEqual(entry.data, known.data)) {
        problems.push(`Changed: ${what}, is ${JSON.stringify(entry.data)} and was ${JSON.stringify(known.data)}.`);
      } else if (entry.by !== client) {
        problems.push(`Misnamed: ${what}, is said to be by ${entry.by}.`);
      }
    }
    problems.push(...this.#deliveryProblems(topic, found, epoch, isForgetful), ...this.#orderProblems(topic, entries));
    return { problems, lost, forgotten };
  }

  /** Whatever is stored was published by somebody, just so. */
  #contentProblems(topic: string, entries: readonly StoredMessage[]): string[] {
    return entries.flatMap(({ messageId, by, key, data, seqNo }) => {
      const calls = this.#byMessage.get(`${topic}\n${by}\n${messageId}`) ?? [];
      if (calls.some((call) => call.key === key && isDeepStrictEqual(call.data, data))) return [];
      return [
        `Invented: ${messageId} of ${topic} at ${seqNo} by ${by} is ${JSON.stringify(data)}, as nobody published.`,
      ];
    });
  }

  /** What somebody was given stays, at the place at which it was given. */
  #deliveryProblems(
    topic: string,
    found: ReadonlyMap<string, StoredMessage>,
    epoch: string | undefined,
    isForgetful: boolean,
  ): string[] {
    return [...this.#delivered.values()].flatMap((delivery) => {
      if (delivery.topic !== topic || found.has(placeOf(delivery))) return [];
      if (isForgetful && delivery.epoch !== epoch) return [];
      return [
        `Taken back: ${delivery.messageId} of ${topic} was delivered at ${delivery.epoch}/${delivery.seqNo} and is not there.`,
      ];
    });
  }

  /** What one client published is stored in the order of its calls, where it could keep it. */
  #orderProblems(topic: string, entries: readonly StoredMessage[]): string[] {
    const newest = new Map<string, Known>();
    const problems: string[] = [];
    for (const entry of entries) {
      const { by = '', messageId, seqNo } = entry;
      const call = this.#callOf(entry);
      // One that its client has given up has no place of its own among the others.
      if (call === undefined || call.failure !== undefined) continue;
      if (!call.ordered && this.#disordered.has(by)) continue;
      const before = newest.get(by);
      if (before !== undefined && before.call > call.call) {
        problems.push(
          `Out of order: ${messageId} of ${topic} at ${seqNo} is call ${call.call} of ${by}, behind its call ${before.call}.`,
        );
        continue;
      }
      newest.set(by, call);
    }
    return problems;
  }

  /** The call that has put a message there: the first of its id that was not told of another place. */
  #callOf({ topic, by, messageId, epoch, seqNo }: StoredMessage): Known | undefined {
    const calls = this.#byMessage.get(`${topic}\n${by}\n${messageId}`) ?? [];
    return calls.find(
      ({ answer }) => answer === undefined || (answer.position.epoch === epoch && answer.position.seqNo === seqNo),
    );
  }
}

/** SeqNos rise, each names the one before, it is one epoch, and no message is there twice. */
function chainProblems(topic: string, entries: readonly StoredMessage[]): string[] {
  const problems: string[] = [];
  const places = new Map<string, number>();
  let before: StoredMessage | undefined;
  for (const entry of entries) {
    const { messageId, seqNo, prevSeqNo, epoch, by } = entry;
    const name = `${by}\n${messageId}`;
    const earlier = places.get(name);
    if (earlier !== undefined) {
      problems.push(`Twice: ${messageId} of ${topic} by ${by} is at ${earlier} and at ${seqNo}.`);
    }
    places.set(name, seqNo);
    if (prevSeqNo !== (before?.seqNo ?? 0) || seqNo <= prevSeqNo) {
      problems.push(`Hole: ${seqNo} of ${topic} says that ${prevSeqNo} is before it, and ${before?.seqNo ?? 0} is.`);
    }
    if (before !== undefined && before.epoch !== epoch) {
      problems.push(`Two epochs: ${topic} is read as ${before.epoch}/${before.seqNo} and then ${epoch}/${seqNo}.`);
    }
    before = entry;
  }
  return problems;
}

function placeOf({ epoch, seqNo, messageId }: { epoch: string; seqNo: number; messageId: string }): string {
  return `${epoch}/${seqNo}/${messageId}`;
}

function whereIs(messageId: string, entries: readonly StoredMessage[]): string {
  const entry = entries.find((one) => one.messageId === messageId);
  if (entry !== undefined) return `It is at ${entry.epoch}/${entry.seqNo}.`;
  const [first, last] = [entries[0], entries.at(-1)];
  if (first === undefined || last === undefined) return 'There is nothing at all.';
  return `There are ${entries.length} messages of ${first.epoch}, ${first.seqNo} to ${last.seqNo}.`;
}

function nameOf({ client, call }: Call): string {
  return `${client}\n${call}`;
}

export function addTo(counts: Map<string, number>, name: string, count = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}
