/** The command that checks the pages and accepts translations. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkSourceHashes, sourceHash, withSourceHash } from '../../tools/docs/check-source-hash.ts';
import { main } from '../../tools/docs/parity.ts';
import { readSite } from '../../tools/docs/site.ts';
import { repositoryWith } from './fixture.ts';

const run = (args: string[], root: string): { code: number; output: string } => {
  const lines: string[] = [];
  const code = main(args, root, (line) => lines.push(line));
  return { code, output: lines.join('\n') };
};

describe('docs:parity', () => {
  test('fails for a translation that was never accepted, and passes after --accept', () => {
    const root = repositoryWith({
      'docs/a.md': '# A {#a}\n',
      'docs/tr/a.md': '# B {#a}\n',
      'docs/es/a.md': '# C {#a}\n',
    });
    const before = run([], root);
    expect(before.code).toBe(1);
    expect(before.output).toContain('npm run docs:parity -- --accept tr/a.md');

    expect(run(['--accept', 'docs/tr/a.md'], root)).toEqual({ code: 0, output: 'accepted  docs/tr/a.md' });
    expect(run(['--accept'], root).output).toBe('accepted  docs/es/a.md\nalready current  docs/tr/a.md');
    expect(run([], root).code).toBe(0);
  });

  test('fails again when the English page changes', () => {
    const tr = withSourceHash('# B {#a}\n', '# A {#a}\n');
    const root = repositoryWith({ 'docs/a.md': '# Another A {#a}\n', 'docs/tr/a.md': tr });
    expect(checkSourceHashes(readSite(root)).map(({ message }) => message)[0]).toMatch(
      /^docs\/a\.md has changed since/,
    );
  });

  test('says so when a page to accept does not exist', () => {
    expect(run(['--accept', 'nothing'], repositoryWith({ 'docs/a.md': '' })).code).toBe(1);
  });

  test('explains itself', () => {
    expect(run(['--help'], '/nowhere').output).toContain('--accept PAGE');
  });
});

describe('the hash of an English page', () => {
  test('does not depend on spacing and line ends', () => {
    expect(sourceHash('a  b\r\nc\n')).toBe(sourceHash('a b c'));
    expect(sourceHash('a b d')).not.toBe(sourceHash('a b c'));
  });

  test('goes into the front matter and leaves the rest of the page alone', () => {
    const page = '---\ntitle: T\nsourceHash: old\n---\n\nText\n\n---\n\nsourceHash: text of the page\n';
    const after = withSourceHash(page, 'x');
    expect(after).toBe(page.replace('sourceHash: old', `sourceHash: ${sourceHash('x')}`));
    expect(withSourceHash('Text', 'x')).toBe(`---\nsourceHash: ${sourceHash('x')}\n---\n\nText`);
  });

  test('is written to the file', () => {
    const root = repositoryWith({ 'docs/a.md': 'A', 'docs/tr/a.md': '---\ntitle: B\n---\nB' });
    run(['--accept'], root);
    expect(readFileSync(join(root, 'docs/tr/a.md'), 'utf8')).toBe(
      `---\nsourceHash: ${sourceHash('A')}\ntitle: B\n---\nB`,
    );
  });
});
