/** Runs the recovery benchmark: history after history, the programs in turn with each. */

import type { Benchmark, BenchRunOptions, Findings } from '../benchmark.ts';
import { type Contender, measureCells, naming } from '../in-turn.ts';
import { PLAN_VARIABLE } from '../plan.ts';
import { onSite } from '../processes/site.ts';
import { present, skippedOf } from '../programs/presence.ts';
import { rowsOf } from '../rows.ts';
import { METHOD_KEY, methodText } from './method.ts';
import { type RecoveryPlan, recoveryPlan } from './plan.ts';
import { PROGRAMS, type RecoveryProgram, type RestartOptions } from './programs.ts';
import { measuredOf, type RecoverySample } from './sample.ts';

export interface RecoveryOptions extends BenchRunOptions {
  readonly plan: RecoveryPlan;
  readonly programs: readonly RecoveryProgram[];
}

export const recovery: Benchmark = {
  info: { name: 'recovery', title: 'Recovery: from the start after a SIGKILL until it listens', tests: [] },
  prepare(quick) {
    const plan = recoveryPlan(quick, process.env[PLAN_VARIABLE]);
    return {
      total: stepsOf(plan, PROGRAMS),
      run: (options) => runRecovery({ plan, programs: PROGRAMS, ...options }),
    };
  },
};

/** Measures everything. Rejects with `BenchError` at the first fault of a program; there are no figures then. */
export function runRecovery({ plan, programs, signal, onProgress }: RecoveryOptions): Promise<Findings> {
  return onSite(signal, async (site) => {
    const raw = await measureCells({
      cells: plan.storedMessages,
      contendersIn: (storedMessages) =>
        present(programs).map((program) => contenderOf(program, { site, plan, storedMessages })),
      repetitions: plan.repetitions,
      total: stepsOf(plan, programs),
      signal,
      onProgress,
      labelOf: ({ program, storedMessages, repetition }) =>
        `${storedMessages} messages: ${program}, ${repetition} of ${plan.repetitions}`,
    });
    const measured = raw.map(measuredOf);
    const rows = plan.storedMessages.flatMap((storedMessages) => {
      const rowPrograms = programs.map(({ name, beside }) => ({
        name,
        beside: [...(beside === undefined ? [] : [{ program: beside }]), ...besideEmpty(plan, name, storedMessages)],
      }));
      return rowsOf({ storedMessages }, rowPrograms, measured);
    });
    return {
      method: methodText(plan, site),
      methodKey: METHOD_KEY,
      settings: {
        ...plan,
        programs: programs.map(({ name }) => name),
        fileSystem: site.data.fileSystem,
        pinning: site.pinning,
      },
      layout: { x: 'storedMessages', charts: ['startMs'] },
      rows,
      skipped: skippedOf(programs),
      raw,
    };
  });
}

/** Its own start without messages, where that was measured. */
function besideEmpty({ storedMessages }: RecoveryPlan, program: string, stored: number) {
  return stored > 0 && storedMessages.includes(0) ? [{ program, workload: { storedMessages: 0 } }] : [];
}

function contenderOf(program: RecoveryProgram, options: RestartOptions): Contender<RecoverySample> {
  const { storedMessages } = options;
  const where = `${program.name}, ${storedMessages} messages`;
  const store = program.make(options);
  return {
    open: () => naming(where, () => store.fill()),
    measure: (repetition) =>
      naming(where, async () => ({ program: program.name, storedMessages, repetition, ...(await store.restart()) })),
    end: () => store.end(),
  };
}

function stepsOf(plan: RecoveryPlan, programs: readonly RecoveryProgram[]): number {
  return plan.storedMessages.length * plan.repetitions * present(programs).length;
}
