import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { HELP, parseCommand, UsageError } from '../../src/node/check-history-options.ts';
import { Story } from '../support/story.ts';

const CLI = fileURLToPath(new URL('../../src/node/check-history-cli.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'check-history-'));
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function textOf(story: Story): string {
  return story.events.map((event) => `${JSON.stringify(event)}\n`).join('');
}

function check(words: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', CLI, ...words], {
    input,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe('the command line', () => {
  it('takes one file', () => {
    expect(parseCommand(['run.ndjson', '--json'])).toEqual({ help: false, output: 'json', file: 'run.ndjson' });
    expect(parseCommand(['--help']).help).toBe(true);
  });

  it.each([[[]], [['a', 'b']], [['a', '--nope']]])('refuses %j', (words) => {
    expect(() => parseCommand(words)).toThrow(UsageError);
    expect(() => parseCommand(words)).toThrow('Try --help.');
  });
});

describe('npm run check-history', () => {
  it('exits with 0 where everything holds', () => {
    const story = new Story().begin().put(1, 2).subscribe().subscribed(2).finish();
    const { status, stdout } = check([written('good.ndjson', textOf(story))]);
    expect(stdout).toContain('All that could be judged holds.');
    expect(status).toBe(0);
  });

  it('exits with 1 where something does not, also from the standard input and as JSON', () => {
    const story = new Story().begin().put(1, 2).subscribe().subscribed(0).give(2);
    const { status, stdout } = check(['-', '--json'], textOf(story));
    const invariants = JSON.parse(stdout).invariants as { invariant: string; violations: number }[];
    expect(invariants.filter(({ violations }) => violations > 0).map(({ invariant }) => invariant)).toEqual(['I4']);
    expect(status).toBe(1);
  });

  it('exits with 2 and a sentence where there is nothing to judge', () => {
    const nowhere = check([join(folder, 'nowhere.ndjson')]);
    expect(nowhere.stderr).toContain('nowhere.ndjson cannot be read');
    const broken = check([written('broken.ndjson', '{"kind":"phase","at":1,"phase":"end"}\n{"kind":"phase"}\n')]);
    expect(broken.stderr).toContain('Line 2 of the history cannot be used: phase must have required properties');
    const empty = check([written('empty.ndjson', '')]);
    expect(empty.stderr).toContain('a history begins with an event of the kind run');
    expect([nowhere.status, broken.status, empty.status, check([]).status]).toEqual([2, 2, 2, 2]);
    expect(check(['--help'])).toMatchObject({ status: 0, stdout: HELP });
  });
});
