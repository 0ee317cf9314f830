/** `npm run docs:parity`: checks the pages, or accepts translations as up to date. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { CHECKS } from './check.ts';
import { withSourceHash } from './check-source-hash.ts';
import { cleanPath } from './links.ts';
import { describeProblem } from './problem.ts';
import { type Page, readSite, type Site, translatedPairs } from './site.ts';

const HELP = `Checks that the pages agree with each other and with the code.

  npm run docs:parity                      run every check
  npm run docs:parity -- --accept          record that every translation says what its English page says
  npm run docs:parity -- --accept PAGE…    the same for some pages: tr/guide/invariants, or guide/invariants for both

Exit code 0 when nothing is wrong.`;

/** Runs the command. Returns its exit code. */
export function main(args: readonly string[], root: string, print: (line: string) => void): number {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { accept: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  });
  if (values.help) {
    print(HELP);
    return 0;
  }
  const site = readSite(root);
  return values.accept ? accept(site, positionals, print) : check(site, print);
}

function check(site: Site, print: (line: string) => void): number {
  let count = 0;
  for (const { title, run } of CHECKS) {
    const problems = run(site);
    count += problems.length;
    print(`${problems.length === 0 ? 'ok  ' : 'FAIL'}  ${title}`);
    for (const problem of problems) print(`        ${describeProblem(problem)}`);
  }
  print(`${site.pages.length} pages, ${count === 0 ? 'no problems' : `${count} problem${count === 1 ? '' : 's'}`}`);
  return count === 0 ? 0 : 1;
}

function accept(site: Site, wanted: readonly string[], print: (line: string) => void): number {
  const names = wanted.map((name) => cleanPath(name.replace(/^(\.?\/)?(docs\/)?/, '')));
  const pairs = translatedPairs(site).filter(({ translated }) => names.length === 0 || isNamed(translated, names));
  if (pairs.length === 0) {
    print('No translated page has that name.');
    return 1;
  }
  for (const { english, translated } of pairs) {
    const file = join(site.docs, translated.path);
    const before = readFileSync(file, 'utf8');
    const after = withSourceHash(before, english.source);
    if (after !== before) writeFileSync(file, after);
    print(`${after === before ? 'already current' : 'accepted'}  docs/${translated.path}`);
  }
  return 0;
}

function isNamed(page: Page, names: readonly string[]): boolean {
  return names.includes(cleanPath(page.path)) || names.includes(cleanPath(page.key));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  process.exitCode = main(process.argv.slice(2), resolve(import.meta.dirname, '../..'), console.log);
}
