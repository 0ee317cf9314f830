import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { HistoryReader } from '../src/history-schema.ts';
import { HistoryJudge } from '../src/history-verdict.ts';
import { parseCommand, type RunCommand, UsageError } from '../src/node/cli-options.ts';
import { ProgressLine } from '../src/node/progress.ts';
import type { SimRunEvent } from '../src/node/run-events.ts';
import { worldsOf } from '../src/node/run-worlds.ts';
import { runWorld } from '../src/run-world.ts';
import { turn } from '../src/system/index.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'simulator-cli-'));

afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(words: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, ['--import', 'tsx', 'reference/simulator/src/node/cli.ts', ...words], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (chunk: Buffer) => {
      output[name] += chunk;
    });
  }
  return { child, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, ...output })) };
}

function sim(...words: readonly string[]): Promise<Ended> {
  return start(words).ended;
}

function eventsIn(stdout: string): SimRunEvent[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as SimRunEvent);
}

describe('npm run sim', () => {
  it('runs each seed in every profile, and says in how many worlds each invariant held', async () => {
    const { code, stdout, stderr } = await sim('--runs', '2', '--publish-every-ms', '400');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^seeds 1 to 2, calm, rough, hostile\n--publish-every-ms 400\n6 worlds in /);
    for (const name of ['I1 access', 'I4 delivery', 'I7 integrity', 'liveness']) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name} +held in 6 worlds$`, 'm'));
    }
    expect(stdout).toMatch(/^ {2}cut \d+ +half-open \d+/m);
    // Nothing is written over where there is no terminal.
    for (const control of ['\r', '\u001b']) expect(stdout).not.toContain(control);
  });

  it('finds a mutant, makes its world smaller, and names the command that repeats it to the event', async () => {
    const { code, stdout } = await sim('--mutant', 'resume-user-unchecked', '--profile', 'hostile', '--json');
    expect(code).toBe(0);
    const events = eventsIn(stdout);
    expect(events[0]).toMatchObject({ t: 'plan', kind: 'sim', seeds: [1, 100], profiles: ['hostile'], total: 100 });
    expect(events.at(-1)).toMatchObject({ t: 'end', ok: true, mutant: { isFound: true }, results: [{ failed: 1 }] });
    const failure = events.find((event) => event.t === 'failure');
    if (failure === undefined) throw new Error('No failure was told.');
    expect(failure).toMatchObject({ profile: 'hostile', faults: 1, isSmallest: true, violation: { invariant: 'I6' } });
    expect(failure.timeline).toContain(`✗ I6: ${failure.violation.rule}`);
    const words = failure.command.replace('npm run sim -- ', '').split(' ');
    const [world] = worldsOf(parseCommand(words) as RunCommand);
    if (world === undefined) throw new Error('The command names no world.');
    const again = await runWorld(world.settings, { turn, faults: world.faults });
    expect(again.events).toBe(failure.events);
    expect(again.violations).toContainEqual(failure.violation);
  });

  it('ends with 1 when a mutant survives, and says so', async () => {
    const { code, stdout } = await sim('--mutant', 'resume-user-unchecked', '--seed', '1', '--profile', 'calm');
    expect(code).toBe(1);
    expect(stdout).toContain('The mutant resume-user-unchecked survived 1 world.');
  });

  it('ends with 1 when a rule does not hold, and shows the world as it is with --no-shrink', async () => {
    // Nobody can come right in the second that is left here.
    const words = ['--seed', '2', '--profile', 'hostile', '--liveness-ms', '1000', '--no-shrink'];
    const { code, stdout } = await sim(...words);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^liveness does not hold: /m);
    expect(stdout).toContain('✗ liveness: ');
    expect(stdout).toContain('\n  npm run sim -- --seed 2 --profile hostile --liveness-ms 1000\n');
    expect(stdout).toMatch(/^ {2}liveness +broken in 1 of 1 world$/m);
  });

  it('writes a history that can be read and judged again', async () => {
    const file = join(folder, 'run.ndjson');
    const { code } = await sim('--seed', '20', '--profile', 'hostile', '--history', file);
    expect(code).toBe(0);
    const judge = new HistoryJudge();
    const reader = new HistoryReader((event) => judge.take(event));
    reader.push(readFileSync(file, 'utf8'));
    reader.end();
    expect(judge.verdict()).toMatchObject({ holds: true, hasEnd: true, run: { source: 'simulator' } });
  });

  it('ends with a summary when it is interrupted', async () => {
    const { child, ended } = start(['--runs', '100000', '--json']);
    child.stdout?.once('data', () => child.kill('SIGINT'));
    const { code, stdout } = await ended;
    expect(code).toBe(143);
    expect(eventsIn(stdout).at(-1)).toMatchObject({ t: 'end', isStopped: true, ok: true });
  });

  it.each([
    [['--mutant', 'ring-starts-lat'], 'ring-starts-late'],
    [['--seed', '1', '--profile', 'calm', '--only', '1'], 'Seed 1 with profile calm has no planned faults, not 1.'],
    [['--seed', '1', '--profile', 'calm', '--history', join(folder, 'no', 'file')], '--history: '],
  ])('%j is refused with code 2', async (words, says) => {
    const { code, stderr } = await sim(...words);
    expect(code).toBe(2);
    expect(stderr).toContain(says);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });
});

describe('the options', () => {
  it('are by default a hundred seeds, or the one that was given', () => {
    expect(parseCommand([])).toMatchObject({ firstSeed: 1, runs: 100, profiles: ['calm', 'rough', 'hostile'] });
    expect(parseCommand(['--seed', '42'])).toMatchObject({ firstSeed: 42, runs: 1 });
    expect(parseCommand(['--seed', '42', '--runs', '7'])).toMatchObject({ firstSeed: 42, runs: 7 });
  });

  it('list what there is', () => {
    expect(parseCommand(['--help'])).toEqual({ kind: 'help' });
    expect(parseCommand(['--mutants', '--json'])).toEqual({ kind: 'mutants', json: true });
    expect(parseCommand(['--faults'])).toMatchObject({ kind: 'faults', world: undefined });
    expect(parseCommand(['--faults', '--seed', '3', '--profile', 'rough'])).toMatchObject({ world: { firstSeed: 3 } });
  });

  it.each([
    [['--sed', '1'], "Unknown option '--sed'"],
    [['--seed', '-1'], '--seed'],
    [['--seed', '1.5'], '--seed takes a whole number from 0 to 4294967295, not "1.5".'],
    [['--runs', '0'], '--runs takes a whole number from 1 to 1000000, not "0".'],
    [['--seed', '4294967295', '--runs', '2'], 'goes past the last seed'],
    [['--profile', 'wild'], 'There is no profile "wild". There are: calm, rough, hostile.'],
    [['--loss', '1001'], '--loss takes a whole number from 0 to 1000, not "1001".'],
    [['--topics', '4'], '--topics takes a whole number from 1 to 3, not "4".'],
    [['--only', '3'], '--only is about one world: give --seed and --profile'],
    [['--seed', '1', '--profile', 'rough', '--only', 'x'], '--only takes ids of planned faults such as 3,7, or none'],
    [['--runs', '2', '--history', 'x'], '--history is about one world'],
    [['--fault', 'cut'], '--fault: "cut" is no fault'],
    [['--faults', '--seed', '1'], '--faults is about one world'],
  ])('%j are refused: %s', (words, says) => {
    expect(() => parseCommand(words)).toThrow(UsageError);
    expect(() => parseCommand(words)).toThrow(says);
  });
});

describe('the line of a terminal', () => {
  it('is written over not too often, cut to the width, and wiped away', () => {
    const written: string[] = [];
    let now = 0;
    const line = new ProgressLine({ isTTY: true, columns: 10, write: (text) => written.push(text) }, () => now);
    line.show(() => '1/3');
    line.show(() => 'too soon');
    now = 100;
    line.show(() => 'longer than the terminal');
    line.clear();
    line.clear();
    expect(written).toEqual(['\r\u001b[2K1/3', '\r\u001b[2Klonger th', '\r\u001b[2K']);
  });

  it('is not written where there is no terminal', () => {
    const written: string[] = [];
    const line = new ProgressLine({ write: (text) => written.push(text) });
    line.show(() => '1/3');
    line.clear();
    expect(written).toEqual([]);
  });
});
