/** One trial of one rule: the backbones that it makes, the listeners that it waits for, and the end of all of them. */

import { type Limits, ProtocolError } from '@micro-socket/protocol';
import fc from 'fast-check';
import type { Backbone, Entry } from '../src/index.ts';
import { Hearing } from './hearing.ts';

/** The time by which a backbone stores messages, forgets ids and ends state. */
export interface SuiteClock {
  /** In milliseconds since 1970. */
  now(): number;
  /** Lets time pass. A clock that nobody can move by hand really waits. */
  advance(ms: number): Promise<void>;
}

/** What lies between a backbone and its store, as something that can be broken. */
export interface Interruption {
  /** From now on nothing gets through; what is under way may have come through or not. */
  cut(): Promise<void>;
  /** Everything gets through again, at once or after a while. */
  heal(): Promise<void>;
}

/** A backbone to be tried. */
export interface MadeBackbone {
  readonly backbone: Backbone;
  readonly clock: SuiteClock;
  /** A backbone that is joined to the same store, as a second gateway has one. */
  readonly another?: (() => Promise<Backbone>) | undefined;
  readonly interrupt?: Interruption | undefined;
  /** Ends the backbone as a crash would, nothing being closed, and opens the same store again. */
  readonly restart?: (() => Promise<Backbone>) | undefined;
  /** Gives back all that is left once the suite has closed every backbone that it was given, and may close them again. */
  readonly dispose?: (() => Promise<void>) | undefined;
}

/** Makes a backbone with nothing stored and with some bounds changed. */
export type MakeBackbone = (limits?: Partial<Limits>) => Promise<MadeBackbone>;

export interface TrialOptions {
  readonly make: MakeBackbone;
  /** How often a property that is worth `count` tries is tried. */
  readonly runs: (count: number) => number;
  /** How long to wait, in real milliseconds, before something that does not happen is an error. */
  readonly patienceMs: number;
  /** What the rule needs beside a backbone. */
  readonly needs?: Hook | undefined;
}

/** A rule: it throws where a backbone breaks it. */
export type Rule = (trial: Trial) => Promise<void>;

/** Rules by their titles. */
export type Rules = Readonly<Record<string, Rule>>;

/** What a maker may leave out, and some rules need. */
export type Hook = 'another' | 'interrupt' | 'restart';

/** So much time passes at once while what is cut off waits: less than any timer that matters. */
const STEP_MS = 50;

/** The methods can be taken out of it. */
export class Trial {
  readonly #options: TrialOptions;
  #subjects: Subject[] = [];

  constructor(options: TrialOptions) {
    this.#options = options;
  }

  readonly make = async (limits?: Partial<Limits>): Promise<Subject> => {
    const { make, needs } = this.#options;
    const made = await make(limits);
    const subject = new Subject(made);
    this.#subjects.push(subject);
    if (needs !== undefined) needed(made, needs);
    return subject;
  };

  /** Joins a listener that can be waited for. */
  readonly listen = (backbone: Backbone, topic = 'a', onEntry?: (entry: Entry) => void): Promise<Hearing> => {
    return new Hearing(topic, this.#options.patienceMs, onEntry).join(backbone);
  };

  /** Tries a property with many values, as often as `count` is worth. What was made for one of them ends with it. */
  readonly property = async <Value>(
    count: number,
    values: fc.Arbitrary<Value>,
    check: (value: Value) => Promise<void>,
  ): Promise<void> => {
    const checkAndDispose = async (value: Value) => {
      try {
        await check(value);
      } finally {
        await this.dispose();
      }
    };
    await fc.assert(fc.asyncProperty(values, checkAndDispose), { numRuns: this.#options.runs(count) });
  };

  /** Lets time pass until a promise is settled: what was cut off may be waiting for a timer. */
  readonly driven = async <Value>(clock: SuiteClock, promise: Promise<Value>): Promise<Value> => {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    await this.eventually(clock, 'an answer', () => isSettled);
    return promise;
  };

  /** Asks again and again, while time passes, until the answer is not UNAVAILABLE. */
  readonly insist = async <Value>(clock: SuiteClock, ask: () => Promise<Value>): Promise<Value> => {
    for (const giveUpAt = performance.now() + this.#options.patienceMs; ; ) {
      try {
        return await this.driven(clock, ask());
      } catch (error) {
        if (!isUnavailable(error) || performance.now() > giveUpAt) throw error;
        await this.pass(clock);
      }
    }
  };

  /** Lets time pass until a condition holds; `what` names it in the error of one who waits in vain. */
  readonly eventually = async (clock: SuiteClock, what: string, condition: () => boolean): Promise<void> => {
    const giveUpAt = performance.now() + this.#options.patienceMs;
    while (!condition()) {
      if (performance.now() > giveUpAt) throw new Error(`Waited in vain for ${what}.`);
      await this.pass(clock);
    }
  };

  /** Lets a little time pass: that of the clock, and real time for what comes through a socket or from a disk. */
  readonly pass = async (clock: SuiteClock, steps = 1): Promise<void> => {
    for (let step = 0; step < steps; step++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      await clock.advance(STEP_MS);
    }
  };

  /** Ends everything that was made so far. */
  readonly dispose = async (): Promise<void> => {
    const ends = await Promise.allSettled(this.#subjects.map((subject) => subject.end()));
    this.#subjects = [];
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  };
}

/** A backbone that a rule has made. Its methods can be taken out of it. */
export class Subject {
  readonly backbone: Backbone;
  readonly clock: SuiteClock;
  readonly #made: MadeBackbone;
  /** What has to be closed in the end. */
  readonly #open: Set<Backbone>;
  #current: Backbone;
  #isCut = false;

  constructor(made: MadeBackbone) {
    this.#made = made;
    this.backbone = made.backbone;
    this.clock = made.clock;
    this.#current = made.backbone;
    this.#open = new Set([made.backbone]);
  }

  get hasAnother(): boolean {
    return this.#made.another !== undefined;
  }

  readonly another = async (): Promise<Backbone> => {
    const another = await needed(this.#made, 'another')();
    this.#open.add(another);
    return another;
  };

  readonly cut = async (): Promise<void> => {
    const interrupt = needed(this.#made, 'interrupt');
    this.#isCut = true;
    await interrupt.cut();
  };

  readonly heal = async (): Promise<void> => {
    await needed(this.#made, 'interrupt').heal();
    this.#isCut = false;
  };

  readonly restart = async (): Promise<Backbone> => {
    const restart = needed(this.#made, 'restart');
    // It is over, and nothing of it can be closed.
    this.#open.delete(this.#current);
    this.#current = await restart();
    this.#open.add(this.#current);
    return this.#current;
  };

  async end(): Promise<void> {
    try {
      // A rule that failed may have left it cut.
      if (this.#isCut) await this.heal();
      for (const backbone of this.#open) await backbone.close();
    } finally {
      await this.#made.dispose?.();
    }
  }
}

export function isUnavailable(error: unknown): error is ProtocolError {
  return error instanceof ProtocolError && error.code === 'UNAVAILABLE';
}

function needed<Name extends Hook>(made: MadeBackbone, hook: Name): NonNullable<MadeBackbone[Name]> {
  const found = made[hook];
  if (found != null) return found;
  throw new Error(`\`make\` gives no \`${hook}\`. Give it, or skip the group that needs it, and write the reason.`);
}

/** Tries a rule once, and ends all that it made whether it failed or not. */
export async function tryRule(rule: Rule, options: TrialOptions): Promise<void> {
  const trial = new Trial(options);
  try {
    await rule(trial);
  } catch (error) {
    // What fails at the end of a trial that failed is not worth hiding the reason for.
    await trial.dispose().catch(() => {});
    throw error;
  }
  await trial.dispose();
}
