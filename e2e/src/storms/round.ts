/**
 * One round of a storm: programs that know nothing publish and read topics that nobody has used, faults happen, then there
 * are none any more and everything has to come right, and what is stored is read back and compared.
 */

import type { StoredMessage } from '@micro-socket/client';
import { DEFAULT_LIMITS } from '@micro-socket/protocol';
import type { HistoryEvent } from '@micro-socket/simulator';
import { violationsIn, violationsText } from '../history/judge.ts';
import { CAST } from './cast.ts';
import { Chance } from './chance.ts';
import { Chronicle } from './chronicle.ts';
import { StormProgram } from './client-program.ts';
import { historyOf, type Said } from './history-of-round.ts';
import { addTo, Ledger } from './ledger.ts';
import { perform } from './perform.ts';
import type { PlannedFault } from './plan.ts';
import { Publishing } from './publishing.ts';
import { Auditor } from './read-back.ts';
import { isForgetful, TOPICS } from './settings.ts';
import type { Stage } from './stage.ts';
import { Sessions } from './witness.ts';

/** How many acknowledgements each publisher has to see before the first fault, and again after the last one. */
const ACKNOWLEDGED_AROUND = 5;

/** How often the heads are read again because something was still being stored. */
const HEADS_READ_MAX = 1_000;

/** Problems of one kind are many where there is one; so many are told. */
const PROBLEMS_TOLD_MAX = 10;

/** Faults after which a gateway may refuse what it was asked to store: it does not get through to where that is stored. */
const REFUSING = /^(backbone-|gateway-freeze)/;

export interface RoundOptions {
  readonly stage: Stage;
  readonly seed: number;
  /** From 1. */
  readonly round: number;
  readonly faults: readonly PlannedFault[];
  /** The backbone loses everything when it is killed. Default: as its kind does. */
  readonly isForgetful?: boolean;
}

export interface RoundOutcome {
  readonly round: number;
  readonly faults: readonly PlannedFault[];
  readonly durationMs: number;
  /** What is wrong; nothing where the round holds. */
  readonly problems: readonly string[];
  /** The invariants that the history breaks. */
  readonly broken: readonly string[];
  readonly acknowledged: number;
  /** Acknowledged messages that should be there and are not. */
  readonly lost: number;
  /** Those that went with a backbone that keeps nothing. */
  readonly forgotten: number;
  readonly deliveries: number;
  /** How often publishes were refused, and how many have failed for good, by code. */
  readonly refusals: ReadonlyMap<string, number>;
  readonly failures: ReadonlyMap<string, number>;
  /** How often a subscription that wants every message went on from where it was, by what the gateway said of it. */
  readonly recoveries: ReadonlyMap<string, number>;
  /** Sessions that went on with a new connection, and how many did not. */
  readonly sessionsResumed: number;
  readonly sessionsRefused: number;
  /** At which publishes were acknowledged; empty where nobody could be asked. */
  readonly durability: string;
  readonly history: readonly HistoryEvent[];
  /** The history was too long, so it was not judged. */
  readonly isCut: boolean;
  /** What was read back, by topic; nothing where the round did not come to its end. */
  readonly stored: ReadonlyMap<string, readonly StoredMessage[]>;
}

/** What is known when everything has come right. */
interface Ending {
  readonly said: Said;
  readonly durability: string;
  readonly stored: ReadonlyMap<string, readonly StoredMessage[]>;
}

/** Runs a round. What goes wrong in it, waits that hang included, is told in its outcome. */
export async function runRound(options: RoundOptions): Promise<RoundOutcome> {
  return new Round(options).run();
}

class Round {
  readonly #options: RoundOptions;
  readonly #chronicle = new Chronicle();
  readonly #ledger = new Ledger();
  readonly #topics: readonly string[];
  readonly #clients: readonly StormProgram[];
  readonly #publishers: readonly StormProgram[];
  readonly #work: readonly Publishing[];

  constructor(options: RoundOptions) {
    const { stage, seed, round, faults } = options;
    const mayBeRefused = faults.some(({ name }) => REFUSING.test(name));
    const topicPrefix = `storm.r${round}-`;
    const sessions = new Sessions();
    this.#options = options;
    this.#topics = TOPICS.map((end) => `${topicPrefix}${end}`);
    this.#clients = CAST.map(
      (role) =>
        new StormProgram({
          role,
          topicPrefix,
          sessions,
          mayBeRefused,
          chronicle: this.#chronicle,
          ledger: this.#ledger,
          addressOf: (gateway) => stage.addressOf(gateway),
          gateway: Math.min(role.gateway, stage.gateways.length - 1),
        }),
    );
    this.#publishers = this.#clients.filter(({ isPublisher }) => isPublisher);
    this.#work = this.#publishers.map(
      (client) => new Publishing(client, this.#topics, new Chance(seed, `round ${round} of ${client.name}`)),
    );
  }

  async run(): Promise<RoundOutcome> {
    const { stage } = this.#options;
    const startedAt = performance.now();
    const problems: string[] = [];
    let ending: Ending | undefined;
    try {
      const crashed = stage.crashed.then((how) => {
        throw new Error(how);
      });
      ending = await Promise.race([this.#play(), crashed]);
      problems.push(...(await this.#disagreements(ending)));
    } catch (error) {
      problems.push((error as Error).message, this.#whereEverybodyIs());
    }
    this.#chronicle.close();
    for (const one of this.#work) one.stop();
    await Promise.all(this.#clients.map((client) => client.close()));
    stage.sweep();
    problems.push(...stage.complaints());
    return this.#outcome(ending, problems, Math.round(performance.now() - startedAt));
  }

  async #play(): Promise<Ending> {
    await this.#breakThings();
    return this.#comeRight();
  }

  async #breakThings(): Promise<void> {
    const { stage, faults } = this.#options;
    const [clients, chronicle] = [this.#clients, this.#chronicle];
    for (const client of clients) client.start();
    await chronicle.until('not every reader is subscribed', () => clients.every(({ hasBegun }) => hasBegun));
    for (const one of this.#work) one.start();
    await this.#moreIsAcknowledged('before the first fault');
    await perform({ stage, clients, chronicle }, faults);
  }

  /** There are no faults any more: every publish has its answer, and every reader comes to the head. */
  async #comeRight(): Promise<Ending> {
    const { stage, round } = this.#options;
    const chronicle = this.#chronicle;
    chronicle.write({ kind: 'phase', phase: 'liveness' });
    await this.#moreIsAcknowledged('after the last fault');
    for (const one of this.#work) one.stop();
    const isAnswered = () => this.#publishers.every(({ unanswered }) => unanswered === 0);
    await chronicle.until('publishes are not answered', isAnswered);

    const auditor = await Auditor.at(stage.addressOf(round % 2));
    try {
      await this.#everythingCame(auditor);
      chronicle.write({ kind: 'phase', phase: 'end' });
      chronicle.close();
      const { durability, dedupWindowMs, retention } = auditor.ready;
      const { accessRecheckMs, latencyObjectiveMs } = DEFAULT_LIMITS;
      const said = { dedupWindowMs, retentionMessagesMax: retention.messagesMax, accessRecheckMs, latencyObjectiveMs };
      return { said, durability, stored: await this.#readBack(auditor) };
    } finally {
      await auditor.close();
    }
  }

  async #moreIsAcknowledged(when: string): Promise<void> {
    const from = this.#publishers.map(({ acknowledged }) => acknowledged + ACKNOWLEDGED_AROUND);
    const isEnough = () => this.#publishers.every(({ acknowledged }, at) => acknowledged >= (from[at] ?? 0));
    await this.#chronicle.until(`publishers are not acknowledged ${when}`, isEnough);
  }

  /** Everybody is at the head, and that is still the head afterwards: what was given up may be stored late. */
  async #everythingCame(auditor: Auditor): Promise<void> {
    let before = '';
    for (let attempt = 0; attempt < HEADS_READ_MAX; attempt++) {
      const heads = await Promise.all(this.#topics.map((topic) => auditor.head(topic)));
      if (JSON.stringify(heads) === before) return;
      before = JSON.stringify(heads);
      const isThere = () =>
        this.#clients.every((client) =>
          this.#topics.every((topic, at) => {
            const head = heads[at];
            const place = client.placeIn(topic);
            if (head === undefined || !client.follows(topic)) return true;
            return place !== undefined && (place.epoch !== head.epoch ? head.seqNo === 0 : place.seqNo >= head.seqNo);
          }),
        );
      await this.#chronicle.until('not every reader comes to the head', isThere);
    }
  }

  async #readBack(auditor: Auditor): Promise<Map<string, readonly StoredMessage[]>> {
    const stored = new Map<string, readonly StoredMessage[]>();
    for (const topic of this.#topics) stored.set(topic, await auditor.all(topic));
    return stored;
  }

  /** Whatever gateway is asked, the same is stored. */
  async #disagreements({ stored }: Ending): Promise<string[]> {
    const { stage, round } = this.#options;
    if (stage.gateways.length === 1) return [];
    const auditor = await Auditor.at(stage.addressOf((round + 1) % 2));
    try {
      const other = await this.#readBack(auditor);
      return this.#topics
        .filter((topic) => JSON.stringify(other.get(topic)) !== JSON.stringify(stored.get(topic)))
        .map((topic) => `The gateways do not agree on what is stored of ${topic}.`);
    } finally {
      await auditor.close();
    }
  }

  #outcome(ending: Ending | undefined, problems: string[], durationMs: number): RoundOutcome {
    const { stage, seed, round, faults } = this.#options;
    const { events, beganAt, isCut } = this.#chronicle;
    const { isForgetful: forgetful = isForgetful(stage.kind) } = this.#options;
    const source = `storm on ${stage.kind}, seed ${seed}, round ${round}`;
    const history = historyOf({ source, beganAt, events, isForgetful: forgetful, ...ending });
    const violations = isCut ? [] : violationsIn({ events: history });
    if (violations.length > 0) problems.push(violationsText(violations));
    const { recoveries, sessionsResumed, sessionsRefused } = recoveriesIn(events);
    const gaps = recoveries.get('gap') ?? 0;
    if (gaps > 0 && !forgetful) {
      problems.push(`${gaps} streams were not resumed where they were, although everything is kept.`);
    }
    let lost = 0;
    let forgotten = 0;
    for (const [topic, entries] of ending?.stored ?? []) {
      const audit = this.#ledger.audit(topic, entries, forgetful);
      lost += audit.lost;
      forgotten += audit.forgotten;
      problems.push(...told(audit.problems));
    }
    const ledger = this.#ledger;
    return {
      round,
      faults,
      durationMs,
      problems,
      broken: [...new Set(violations.map(({ invariant }) => invariant))],
      acknowledged: ledger.publishesAcknowledged,
      lost,
      forgotten,
      deliveries: ledger.deliveries,
      refusals: ledger.refusals,
      failures: ledger.failures,
      recoveries,
      sessionsResumed,
      sessionsRefused,
      durability: ending?.durability ?? '',
      history,
      isCut,
      stored: ending?.stored ?? new Map(),
    };
  }

  /** For whoever has to find out why a wait hangs. */
  #whereEverybodyIs(): string {
    return this.#clients.map((client) => client.describe(this.#topics)).join('; ');
  }
}

/** How subscriptions that want every message went on, and sessions. */
function recoveriesIn(events: readonly HistoryEvent[]) {
  const recoveries = new Map<string, number>();
  const streams = new Set<string>();
  let sessionsResumed = 0;
  let sessionsRefused = 0;
  for (const event of events) {
    if (event.kind === 'subscribe' && event.mode === 'stream') {
      streams.add(`${event.client}\n${event.topic}`);
    } else if (event.kind === 'subscribed') {
      if (event.asked !== undefined && streams.has(`${event.client}\n${event.topic}`))
        addTo(recoveries, event.recovered);
    } else if (event.kind === 'resume-tried') {
      if (event.accepted) sessionsResumed += 1;
      else sessionsRefused += 1;
    }
  }
  return { recoveries, sessionsResumed, sessionsRefused };
}

function told(problems: readonly string[]): string[] {
  const more = problems.length - PROBLEMS_TOLD_MAX;
  return [...problems.slice(0, PROBLEMS_TOLD_MAX), ...(more > 0 ? [`And ${more} more.`] : [])];
}
