/** The project's own source files, for the tests that keep the house in order. */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Paths from the root of all files that git tracks or would track, existing ones only. */
export function projectFiles(pattern: RegExp): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return listed.split('\n').filter((path) => pattern.test(path) && existsSync(join(ROOT, path)));
}

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The module names that a source text imports, types included. */
export function importsOf(source: string): string[] {
  const statements = source.matchAll(/^(?:import|export)\b[^'";]*?\bfrom\s*'([^']+)'|^import\s*'([^']+)'/gm);
  const calls = source.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g);
  return [...statements, ...calls].map((match) => match[1] ?? match[2] ?? '');
}

/** The file that a relative import of `from` names, as a path from the root. */
export function resolveRelative(from: string, name: string): string {
  return relative(ROOT, normalize(join(ROOT, dirname(from), name)));
}
