/** Debian's packages, for tests that need a program of somebody else's. */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Installs a package. Throws what says why it cannot. */
export function installDebianPackage(name: string): void {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error('it needs root and apt-get');
  run('apt-get', ['update', '-qq']);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name]);
}

export function run(command: string, words: readonly string[]): void {
  execFileSync(command, words, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}
