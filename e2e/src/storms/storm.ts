/**
 * A storm: the processes of one backbone and the links between them, and round after round of faults. When the rounds are
 * over everything is killed at once, and what all of them have stored is read once more, if it is to be there.
 */

import { createHash } from 'node:crypto';
import type { StoredMessage } from '@micro-socket/client';
import { canonicalJson } from '@micro-socket/protocol';
import { INVARIANTS } from '@micro-socket/simulator';
import type { FaultName } from './faults.ts';
import { addTo } from './ledger.ts';
import { Deck } from './plan.ts';
import { Auditor } from './read-back.ts';
import { type RoundOutcome, runRound } from './round.ts';
import { type BackboneKind, isForgetful } from './settings.ts';
import { Stage } from './stage.ts';

export interface StormOptions {
  readonly kind: BackboneKind;
  readonly seed: number;
  readonly rounds: number;
  /** For folders: the level at which they acknowledge. Default `disk`. */
  readonly durability?: 'disk' | 'written' | undefined;
  /** The faults that may happen. Default: all that there are. */
  readonly faults?: readonly FaultName[] | undefined;
  /** Hears of each round when it is over. */
  readonly onRound?: ((outcome: RoundOutcome) => void) | undefined;
  /** Ends the storm after the round under way. */
  readonly signal?: AbortSignal | undefined;
}

export interface StormReport {
  readonly kind: BackboneKind;
  readonly seed: number;
  readonly rounds: number;
  readonly durationMs: number;
  /** At which publishes were acknowledged. */
  readonly durability: string;
  readonly acknowledged: number;
  readonly lost: number;
  readonly forgotten: number;
  readonly deliveries: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly refusals: ReadonlyMap<string, number>;
  readonly failures: ReadonlyMap<string, number>;
  readonly recoveries: ReadonlyMap<string, number>;
  readonly sessionsResumed: number;
  readonly sessionsRefused: number;
  /** How often a process ended while it started, and was started again. */
  readonly restarts: number;
  readonly eventsJudged: number;
  readonly historiesCut: number;
  /** The invariants that no history broke, and those that one did. */
  readonly held: readonly string[];
  readonly broken: readonly string[];
  /** What is wrong, each with its round. */
  readonly problems: readonly string[];
}

/** Runs a storm. Rejects where its processes cannot be started at all. */
export async function runStorm(options: StormOptions): Promise<StormReport> {
  const { kind, seed, rounds, durability, faults, onRound, signal } = options;
  const startedAt = performance.now();
  const stage = await Stage.start({ kind, durability });
  const sum = new Sum();
  const archive = new Archive();
  try {
    const deck = new Deck(seed, kind, faults);
    for (let round = 1; round <= rounds && signal?.aborted !== true; round++) {
      const outcome = await runRound({ stage, seed, round, faults: deck.deal() });
      sum.add(outcome);
      archive.add(outcome);
      onRound?.(outcome);
      // A round that has not come to its end leaves processes behind of which nothing is known.
      if (outcome.durability === '') break;
    }
    const isWhole = signal?.aborted !== true && !sum.isBroken;
    if (isWhole && !isForgetful(kind)) await archive.compare(stage, sum);
    return sum.report({ kind, seed, restarts: stage.restarts, durationMs: Math.round(performance.now() - startedAt) });
  } finally {
    await stage.end();
  }
}

/** What was stored in all rounds, in little room. */
class Archive {
  readonly #topics = new Map<string, readonly string[]>();

  add({ stored }: RoundOutcome): void {
    for (const [topic, entries] of stored) this.#topics.set(topic, entries.map(digestOf));
  }

  /** Kills everything, and reads everything again: nothing may be missing or another one. */
  async compare(stage: Stage, sum: Sum): Promise<void> {
    await stage.killAll();
    const auditor = await Auditor.at(stage.addressOf(0));
    try {
      for (const [topic, digests] of this.#topics) {
        const found = (await auditor.all(topic)).map(digestOf);
        const at = digests.findIndex((digest, place) => digest !== found[place]);
        if (at < 0) continue;
        const what = `after everything was killed, message ${at + 1} of ${digests.length} of ${topic} is not what it was`;
        sum.wrong(`Lost: ${what}; there are ${found.length}.`);
      }
      for (const complaint of stage.complaints()) sum.wrong(complaint);
    } finally {
      await auditor.close();
    }
  }
}

/** A message in its place, as a text of fixed length. */
function digestOf({ epoch, seqNo, prevSeqNo, messageId, by, key, data, time }: StoredMessage): string {
  const text = canonicalJson([epoch, seqNo, prevSeqNo, messageId, by ?? null, key ?? null, data, time]);
  return createHash('sha256').update(text).digest('base64');
}

/** The outcomes of all rounds. */
class Sum {
  readonly #faults = new Map<string, number>();
  readonly #refusals = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #recoveries = new Map<string, number>();
  readonly #broken = new Set<string>();
  readonly #problems: string[] = [];
  #rounds = 0;
  #durability = '';
  #acknowledged = 0;
  #lost = 0;
  #forgotten = 0;
  #deliveries = 0;
  #sessionsResumed = 0;
  #sessionsRefused = 0;
  #eventsJudged = 0;
  #historiesCut = 0;

  /** Something is wrong already. */
  get isBroken(): boolean {
    return this.#problems.length > 0;
  }

  add(outcome: RoundOutcome): void {
    this.#rounds += 1;
    this.#durability = outcome.durability === '' ? this.#durability : outcome.durability;
    this.#acknowledged += outcome.acknowledged;
    this.#lost += outcome.lost;
    this.#forgotten += outcome.forgotten;
    this.#deliveries += outcome.deliveries;
    this.#sessionsResumed += outcome.sessionsResumed;
    this.#sessionsRefused += outcome.sessionsRefused;
    if (outcome.isCut) this.#historiesCut += 1;
    else this.#eventsJudged += outcome.history.length;
    for (const { name } of outcome.faults) addTo(this.#faults, name);
    for (const [code, count] of outcome.refusals) addTo(this.#refusals, code, count);
    for (const [code, count] of outcome.failures) addTo(this.#failures, code, count);
    for (const [how, count] of outcome.recoveries) addTo(this.#recoveries, how, count);
    for (const invariant of outcome.broken) this.#broken.add(invariant);
    for (const problem of outcome.problems) this.#problems.push(`Round ${outcome.round}: ${problem}`);
  }

  wrong(problem: string): void {
    this.#problems.push(problem);
    if (problem.startsWith('Lost: ')) this.#lost += 1;
  }

  report(of: Pick<StormReport, 'kind' | 'seed' | 'restarts' | 'durationMs'>): StormReport {
    return {
      ...of,
      rounds: this.#rounds,
      durability: this.#durability,
      acknowledged: this.#acknowledged,
      lost: this.#lost,
      forgotten: this.#forgotten,
      deliveries: this.#deliveries,
      faults: this.#faults,
      refusals: this.#refusals,
      failures: this.#failures,
      recoveries: this.#recoveries,
      sessionsResumed: this.#sessionsResumed,
      sessionsRefused: this.#sessionsRefused,
      eventsJudged: this.#eventsJudged,
      historiesCut: this.#historiesCut,
      held: INVARIANTS.filter((invariant) => !this.#broken.has(invariant)),
      broken: [...this.#broken],
      problems: this.#problems,
    };
  }
}
