/** Storms with real processes: that they find what is lost, and what their command says. */

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import type { PlannedFault } from '../src/storms/plan.ts';
import { runRound } from '../src/storms/round.ts';
import { Stage } from '../src/storms/stage.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const storms = join(root, 'e2e/src/storms/cli.ts');
const checkHistory = join(root, 'reference/simulator/src/node/check-history-cli.ts');
const folder = mkdtempSync(join(tmpdir(), 'micro-socket-storms-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(file: string, ...words: string[]) {
  return promisify(execFile)(process.execPath, ['--import', 'tsx', file, ...words], { cwd: root });
}

const KILL: PlannedFault = { name: 'backbone-kill', gateway: 0, client: undefined, afterMs: 300, forMs: 0, slowMs: 0 };

describe('a storm', () => {
  it('finds by both ways that acknowledged messages are gone when their backbone only says that it keeps them', async () => {
    const stage = await Stage.start({ kind: 'memory' });
    try {
      const outcome = await runRound({ stage, seed: 1, round: 1, faults: [KILL], isForgetful: false });
      expect(outcome.lost).toBeGreaterThan(0);
      expect(outcome.problems).toContainEqual(expect.stringMatching(/^Lost: publisher-\d-\d+ of storm\.r1-/));
      expect(outcome.broken).toContain('I4');

      const told = await runRound({ stage, seed: 1, round: 2, faults: [KILL] });
      expect(told.problems).toEqual([]);
      expect(told).toMatchObject({ lost: 0, broken: [], durability: 'memory' });
      expect(told.forgotten).toBeGreaterThan(0);
    } finally {
      await stage.end();
    }
  });

  it('ends with how a process has ended by itself, and starts again what it has killed', async () => {
    const stage = await Stage.start({ kind: 'disk' });
    try {
      await stage.killAll();
      expect(stage.programs.every(({ isRunning }) => isRunning)).toBe(true);
      const round = runRound({ stage, seed: 1, round: 1, faults: [] });
      // Somebody else's signal is none of the faults.
      for (const program of stage.programs) program.signal('SIGKILL');
      const { problems, durability, history } = await round;
      expect(problems[0]).toMatch(/^gateway-1 ended with SIGKILL/);
      expect(durability).toBe('');
      expect(history[0]).toMatchObject({ kind: 'run', seesLog: false });
    } finally {
      await stage.end();
    }
  });
});

describe('npm run storms', () => {
  it('ends with a report, and writes histories that check-history reads', async () => {
    const words = ['--backbone', 'disk', '--rounds', '1', '--seed', '5', '--history', folder];
    const { stdout } = await run(storms, ...words);
    expect(stdout).toMatch(/^storm on disk, seed 5, 1 rounds\n✓ 1\/1 /);
    expect(stdout).toMatch(/\nacknowledged +[1-9]\d* publishes, at disk\nlost +0\n/);
    expect(stdout).toMatch(/\nheld +I1 I2 I3 I4 I5 I6 I7 liveness\n$/);
    expect(readdirSync(folder)).toEqual(['disk-5-1.ndjson']);
    const checked = await run(checkHistory, join(folder, 'disk-5-1.ndjson'), '--json');
    expect(JSON.parse(checked.stdout)).toMatchObject({ holds: true, hasEnd: true, run: { seesLog: true } });
  });

  it('says what is wrong with its command line, and ends with 2', async () => {
    await expect(run(storms, '--backbone', 'redis')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^--backbone is one of memory, disk, engine, nats, not "redis"\.\n$/),
    });
  });

  it('says that a folder cannot be written, before it starts anything', async () => {
    const file = fileURLToPath(import.meta.url);
    const started = run(storms, '--rounds', '1', '--history', join(file, 'x'));
    await expect(started).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^Histories cannot be written/),
    });
    expect(existsSync(join(file, 'x'))).toBe(false);
  });
});
