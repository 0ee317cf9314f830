/** Which programs can be measured on this machine. */

import type { Skipped } from '../benchmark.ts';

export interface MaybePresent {
  readonly name: string;
  /** Why it cannot be measured here, in one sentence. */
  missing?(): string | undefined;
}

export function present<Program extends MaybePresent>(programs: readonly Program[]): Program[] {
  return programs.filter((program) => program.missing?.() === undefined);
}

export function skippedOf(programs: readonly MaybePresent[]): Skipped[] {
  return programs.flatMap((program) => {
    const why = program.missing?.();
    return why === undefined ? [] : [{ program: program.name, why }];
  });
}

/** Why a program that cannot be asked itself cannot be measured here. */
export function needsLinux(): string | undefined {
  if (process.platform === 'linux') return undefined;
  return 'What a program of others uses is read from /proc, which only Linux has.';
}
