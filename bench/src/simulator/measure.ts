/**
 * How many messages a second are simulated on one core, beside what the backbone alone does with them.
 *
 * One measurement runs the same worlds, from the same seeds, to their ends; every one is checked as `npm run sim` does
 * it. A message counts once when it is stored and once for each program that is given it. The other program publishes to
 * a `MemoryBackbone` with one listener and does nothing else, so it is no simulator: it is what a message costs without
 * gateways, clients, networks and checkers, and makes figures of two machines comparable.
 */

import { MemoryBackbone } from '@micro-socket/backbone';
import { PROFILE_NAMES, type ProfileName, planOf, Simulation, settingsOf } from '@micro-socket/simulator';
import { turn } from '@micro-socket/simulator/system';
import { systemClock, systemRandom } from '@micro-socket/transport/node';
import type { Spread } from '../../../tools/runs/result-schema.ts';
import { spreadOf } from '../stats.ts';

export const BACKBONE = 'memory-backbone';
export type ProgramName = ProfileName | typeof BACKBONE;
export const PROGRAM_NAMES: readonly ProgramName[] = [BACKBONE, ...PROFILE_NAMES];

export interface SimulatorSample {
  readonly program: ProgramName;
  /** From 1 on. */
  readonly repetition: number;
  readonly messages: number;
  /** Of all threads of this process. */
  readonly cpuMicros: number;
  readonly elapsedMs: number;
  /** Virtual time that passed; 0 for the backbone alone. */
  readonly virtualMs: number;
}

export interface SimulatorRow {
  readonly program: ProgramName;
  readonly messagesPerCpuSecond: Spread;
  /** How many times the CPU time of the backbone alone one message takes, by the medians. */
  readonly timesBackbone: number;
  /** Virtual seconds that pass in a second of CPU time. */
  readonly virtualSecondsPerCpuSecond: Spread;
}

export interface MeasureOptions {
  /** Worlds of each profile in one measurement. */
  readonly worlds: number;
  readonly repetitions: number;
  readonly onProgress: (done: number, total: number, label: string) => void;
}

/** A world broke a rule, so what was measured is not what was meant. */
export class BrokenWorldError extends Error {
  readonly code = 'WORLD_BROKEN';

  constructor(seed: number, profile: ProfileName, rule: string) {
    super(
      `Seed ${seed} with profile ${profile} broke a rule: ${rule}. Run npm run sim -- --seed ${seed} --profile ${profile}.`,
    );
    this.name = 'BrokenWorldError';
  }
}

/** Measures all programs in turn, once to warm up and then `repetitions` times. Rejects with `BrokenWorldError`. */
export async function measure({
  worlds,
  repetitions,
  onProgress,
}: MeasureOptions): Promise<readonly SimulatorSample[]> {
  const samples: SimulatorSample[] = [];
  const total = (repetitions + 1) * PROGRAM_NAMES.length;
  let done = 0;
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    for (const program of PROGRAM_NAMES) {
      const sample = await sampleOf(program, repetition, worlds);
      if (repetition > 0) samples.push(sample);
      done += 1;
      onProgress(done, total, `${program}, ${repetition === 0 ? 'warming up' : `repetition ${repetition}`}`);
    }
  }
  return samples;
}

export function rowsOf(samples: readonly SimulatorSample[]): readonly SimulatorRow[] {
  const rows = PROGRAM_NAMES.map((program) => {
    const own = samples.filter((sample) => sample.program === program);
    return {
      program,
      messagesPerCpuSecond: spreadOf(
        own.map(({ messages, cpuMicros }) => (messages / cpuMicros) * 1e6),
        0,
      ),
      virtualSecondsPerCpuSecond: spreadOf(
        own.map(({ virtualMs, cpuMicros }) => (virtualMs / cpuMicros) * 1e3),
        1,
      ),
    };
  });
  const backbone = rows.find(({ program }) => program === BACKBONE)?.messagesPerCpuSecond.median ?? Number.NaN;
  return rows.map((row) => ({ ...row, timesBackbone: Math.round(backbone / row.messagesPerCpuSecond.median) }));
}

async function sampleOf(program: ProgramName, repetition: number, worlds: number): Promise<SimulatorSample> {
  const cpuAt = process.cpuUsage();
  const startedAt = performance.now();
  const done = program === BACKBONE ? await publishes() : await simulates(program, worlds);
  const { user, system } = process.cpuUsage(cpuAt);
  return { program, repetition, ...done, cpuMicros: user + system, elapsedMs: performance.now() - startedAt };
}

async function simulates(profile: ProfileName, worlds: number): Promise<{ messages: number; virtualMs: number }> {
  let [messages, virtualMs] = [0, 0];
  for (let seed = 1; seed <= worlds; seed++) {
    const settings = settingsOf(seed, profile);
    const report = await new Simulation({ settings, turn, faults: planOf(settings) }).run();
    const [violation] = report.violations;
    if (violation !== undefined) throw new BrokenWorldError(seed, profile, violation.rule);
    messages += report.stored + report.delivered;
    virtualMs += report.virtualMs;
  }
  return { messages, virtualMs };
}

/** So many that it takes about as long as a few worlds, and fewer than a dedup window takes of one publisher. */
const PUBLISHES = 20_000;
const TOPIC = 'prices.eurusd';

async function publishes(): Promise<{ messages: number; virtualMs: number }> {
  const backbone = new MemoryBackbone({ clock: systemClock, random: systemRandom });
  let delivered = 0;
  await backbone.subscribe(TOPIC, () => {
    delivered += 1;
  });
  for (let n = 1; n <= PUBLISHES; n++) {
    const payload = { n, from: 'client-1' };
    const sizeBytes = JSON.stringify(payload).length;
    await backbone.publish({ topic: TOPIC, publisher: `client-${n % 8}`, messageId: `m${n}`, payload, sizeBytes });
  }
  await backbone.close();
  return { messages: PUBLISHES + delivered, virtualMs: 0 };
}
