/** The Bun that the repository installs. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './root.ts';

export const BUN = join(ROOT, 'node_modules/.bin/bun');

let version: string | null | undefined;

/** `undefined` where it does not run, such as where its package was installed without its install script. */
export function bunVersion(): string | undefined {
  if (version === undefined) {
    const { status, stdout } = spawnSync(BUN, ['--version'], { encoding: 'utf8' });
    version = status === 0 ? stdout.trim() : null;
  }
  return version ?? undefined;
}

/** Why nothing can be measured on Bun here, and what to do about that. */
export function missingBun(): string | undefined {
  if (bunVersion() !== undefined) return undefined;
  return 'Bun does not run on this machine: install it with npm install, with install scripts allowed for bun.';
}
