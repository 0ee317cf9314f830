/** Makes the checks, several at a time, and says of each what was expected and what came. */

import { randomBytes } from 'node:crypto';
import type { Encoding, ReadyFrame } from '@micro-socket/protocol';
import type { Check } from './check.ts';
import { CHECKS } from './checks/index.ts';
import { CheckContext } from './context.ts';
import { show } from './expect.ts';
import { LEVELS, type Level } from './level.ts';
import { Mismatch, Skipped } from './mismatch.ts';
import type { Settings } from './settings.ts';

export type CheckStatus = 'passed' | 'failed' | 'skipped';

/** How one check ended in one encoding. */
export interface CheckOutcome {
  readonly id: string;
  readonly level: Level;
  readonly title: string;
  readonly proves: readonly string[];
  readonly encoding: Encoding;
  readonly status: CheckStatus;
  readonly durationMs: number;
  /** What a gateway does that passes; only where this one failed. */
  readonly expected?: string;
  /** What this one did instead. */
  readonly came?: string;
  /** The last frames of the check before it failed, one line each. */
  readonly frames?: readonly string[];
  /** Why it was skipped. */
  readonly reason?: string;
}

/** What the gateway says of itself, as far as reports name it. */
export type GatewayFacts = Pick<ReadyFrame, 'gateway' | 'durability' | 'retention' | 'dedupWindowMs' | 'heartbeatMs'>;

export interface VerifyReport {
  readonly address: string;
  /** The level that was asked for. */
  readonly level: Level;
  readonly encodings: readonly Encoding[];
  /** The highest level of which nothing failed; `none` when something of `core` did. */
  readonly conforms: Level | 'none';
  readonly gateway: GatewayFacts | undefined;
  readonly durationMs: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly checks: readonly CheckOutcome[];
}

/** The gateway cannot be verified at all; the message says why and what to do. */
export class UnreachableError extends Error {
  readonly code = 'UNREACHABLE';
}

/** One check in one encoding, and where the check stands among all. */
interface Task {
  readonly check: Check;
  readonly place: number;
  readonly encoding: Encoding;
}

interface Made {
  readonly place: number;
  readonly outcome: CheckOutcome;
}

/** The checks of a level and of those before it. */
export function checksUpTo(level: Level): readonly Check[] {
  return CHECKS.filter((check) => LEVELS.indexOf(check.level) <= LEVELS.indexOf(level));
}

/** Verifies a gateway. Rejects with `UnreachableError` when it does not answer, or does not let the run in. */
export async function verify(
  settings: Settings,
  tell: (outcome: CheckOutcome) => void = () => {},
  checks: readonly Check[] = checksUpTo(settings.level),
): Promise<VerifyReport> {
  const startedAt = performance.now();
  const names = namesOfRun();
  const gateway = await preflight(settings, names);
  const tasks = checks.flatMap((check, place) =>
    settings.encodings
      .filter((encoding) => check.encodings?.includes(encoding) ?? true)
      .map((encoding) => ({ check, place, encoding })),
  );
  const make = async ({ check, place, encoding }: Task): Promise<Made> => {
    const outcome = await runCheck(check, new CheckContext(settings, encoding, names));
    tell(outcome);
    return { place, outcome };
  };
  const [waiting, working] = [tasks.filter(({ check }) => check.waits), tasks.filter(({ check }) => !check.waits)];
  const made = await Promise.all([inTurns(waiting, waiting.length, make), inTurns(working, settings.parallel, make)]);
  const outcomes = made
    .flat()
    .toSorted((one, other) => one.place - other.place)
    .map(({ outcome }) => outcome);
  const count = (status: CheckStatus) => outcomes.filter((outcome) => outcome.status === status).length;
  return {
    address: settings.address,
    level: settings.level,
    encodings: settings.encodings,
    conforms: levelReached(outcomes, settings.level),
    gateway,
    durationMs: Math.round(performance.now() - startedAt),
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    checks: outcomes,
  };
}

/** The highest level, up to the one asked for, of which and below which nothing failed and something passed. */
export function levelReached(outcomes: readonly CheckOutcome[], asked: Level): Level | 'none' {
  let reached: Level | 'none' = 'none';
  for (const level of LEVELS.slice(0, LEVELS.indexOf(asked) + 1)) {
    const statuses = outcomes.filter((outcome) => outcome.level === level).map(({ status }) => status);
    if (statuses.includes('failed') || !statuses.includes('passed')) break;
    reached = level;
  }
  return reached;
}

/** Unique names: nothing that an earlier run left at the gateway can be met again. */
function namesOfRun(): () => string {
  const run = randomBytes(6).toString('hex');
  let count = 0;
  return () => {
    count += 1;
    return `${run}.${count}`;
  };
}

/** Resolves with what the gateway says of itself; `undefined` when its `ready` is not of the protocol. */
async function preflight(settings: Settings, names: () => string): Promise<GatewayFacts | undefined> {
  let facts: GatewayFacts | undefined;
  for (const encoding of settings.encodings) {
    const context = new CheckContext(settings, encoding, names);
    try {
      facts = (await admitted(context)) ?? facts;
    } finally {
      context.end();
    }
  }
  return facts;
}

async function admitted(context: CheckContext): Promise<GatewayFacts | undefined> {
  let peer: Awaited<ReturnType<CheckContext['connect']>>;
  try {
    peer = await context.connect({ setup: false });
  } catch (error) {
    throw new UnreachableError((error as Error).message);
  }
  try {
    peer.send({ type: 'setup', protocol: 1, ...context.credentials() });
    const [answer] = await peer.untilFrames(['ready', 'error'], 1);
    if (answer?.type === 'error' && /^AUTH_/.test(answer.code)) {
      throw new UnreachableError(`The gateway does not let the run in: ${answer.code} ${answer.message} Give --token.`);
    }
    const topic = context.topic();
    const messageId = context.messageId();
    const requests = [
      { type: 'subscribe', topic } as const,
      { type: 'publish', topic, messageId, payload: 0 } as const,
    ];
    for (const request of requests) {
      const denied = await peer.request(request);
      if (denied.type !== 'error' || denied.code !== 'ACL_DENIED') continue;
      const advice = 'Give it a --token of a user who may subscribe, publish and be present on verify.>';
      throw new UnreachableError(`The gateway refuses ${request.type} on ${topic}: ${denied.message} ${advice}.`);
    }
    return peer.ready;
  } catch (error) {
    // What it does against the protocol is for the checks to tell.
    if (error instanceof Mismatch) return undefined;
    throw error;
  }
}

async function runCheck(check: Check, context: CheckContext): Promise<CheckOutcome> {
  const startedAt = performance.now();
  let failure: unknown;
  try {
    await check.run(context);
  } catch (error) {
    failure = error;
  }
  failure = context.end() ?? failure;
  const { id, level, title, proves } = check;
  const durationMs = Math.round(performance.now() - startedAt);
  return { id, level, title, proves, encoding: context.encoding, durationMs, ...endingOf(failure, context) };
}

function endingOf(failure: unknown, context: CheckContext) {
  if (failure === undefined) return { status: 'passed' as const };
  if (failure instanceof Skipped) return { status: 'skipped' as const, reason: failure.message };
  const { expected, came } =
    failure instanceof Mismatch
      ? failure
      : { expected: 'the check to come to its end', came: show(failure instanceof Error ? failure.message : failure) };
  return { status: 'failed' as const, expected, came, frames: context.log.lines() };
}

/** Makes something of each item, `parallel` at a time, and resolves with what was made, in their order. */
async function inTurns<Item, Value>(
  items: readonly Item[],
  parallel: number,
  make: (item: Item) => Promise<Value>,
): Promise<Value[]> {
  const values: Value[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      values[index] = await make(items[index] as Item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, worker));
  return values;
}
