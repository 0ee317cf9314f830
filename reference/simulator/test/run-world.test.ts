import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type HistoryEvent, planOf, Simulation, settingsOf } from '../src/index.ts';
import { MUST_NOT_THROW, runWorld } from '../src/run-world.ts';
import { turn } from '../src/system/index.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const rough = settingsOf(12, 'rough');

describe('a run of a world', () => {
  it('is what the simulation does, with its history where that is asked for', async () => {
    const events: HistoryEvent[] = [];
    const onEvent = (event: unknown) => events.push(event as HistoryEvent);
    const report = await new Simulation({ settings: rough, turn, onEvent }).run();
    expect(await runWorld(rough, { turn })).toEqual(report);
    expect(await runWorld(rough, { turn, record: true })).toEqual({ ...report, history: { events, isCut: false } });
  });

  it('keeps the first events of a long history, and says that there were more', async () => {
    const { events, history } = await runWorld(rough, { turn, record: true, eventsMax: 100 });
    expect(events).toBeGreaterThan(100);
    expect(history).toMatchObject({ isCut: true });
    expect(history?.events).toHaveLength(100);
  });

  it('breaks the rule of a mutant for this run only, and knows which event showed it', async () => {
    const settings = settingsOf(2, 'hostile', { mutant: 'resume-user-unchecked' });
    const { violations, history } = await runWorld(settings, { turn, record: true });
    expect(violations[0]).toMatchObject({ invariant: 'I6' });
    const found = history?.events[history.foundAt ?? -1];
    expect(found).toMatchObject({ kind: 'resume-tried', isOwner: false, accepted: true });
    const { mutant: _, ...whole } = settings;
    const faults = planOf(settings);
    expect((await runWorld(whole, { turn, faults })).violations).toEqual([]);
  });

  it('refuses a mutant that there is not, and leaves nothing applied', async () => {
    const unknown = runWorld({ ...rough, mutant: 'no-such-mutant' }, { turn });
    await expect(unknown).rejects.toMatchObject({ code: 'UNKNOWN_MUTANT' });
    await expect(runWorld({ ...rough, mutant: 'ring-starts-late' }, { turn })).resolves.toBeDefined();
    await expect(runWorld({ ...rough, mutant: 'ring-starts-late' }, { turn })).resolves.toBeDefined();
  });

  it('counts what the core throws, and rejections that nobody hears, as violations, and ends there', async () => {
    const words = ['--import', 'tsx', 'reference/simulator/test/support/throwing-core.ts'];
    const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: ROOT });
    const [thrown, rejected, whole] = JSON.parse(stdout);
    for (const [{ violations, virtualMs, isFound }, detail] of [
      [thrown, /^TypeError: thrown on accept \(at .*throwing-core\.ts:\d+:\d+\)/],
      [rejected, /^RangeError: rejected on accept \(at .*throwing-core\.ts:\d+:\d+\)/],
    ] as const) {
      expect(violations).toEqual([
        expect.objectContaining({ invariant: 'liveness', rule: MUST_NOT_THROW, detail: expect.stringMatching(detail) }),
      ]);
      expect(virtualMs).toBeLessThan(1_000);
      expect(isFound).toBe(true);
    }
    expect(whole).toMatchObject({ violations: [], isFound: false });
  });
});
