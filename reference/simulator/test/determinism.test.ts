import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  BEGINNING_MS,
  FAULT_NAMES,
  type HistoryEvent,
  type PlannedFault,
  planOf,
  Simulation,
  type SimulationOptions,
  settingsOf,
} from '../src/index.ts';
import { turn } from '../src/system/index.ts';
import { fingerprints } from './support/fingerprints.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const hostile = settingsOf(7, 'hostile');

function newSimulation(options: Partial<SimulationOptions> = {}): Simulation {
  return new Simulation({ settings: hostile, turn, ...options });
}

/** The moments at which faults began, by their ids. */
async function beginningsOf(faults: readonly PlannedFault[]): Promise<Map<number, number>> {
  const begun = new Map<number, number>();
  const onEvent = (event: { kind: string }) => {
    if (event.kind !== 'fault') return;
    const { id, at, state } = event as Extract<HistoryEvent, { kind: 'fault' }>;
    if (state !== 'ends') begun.set(id, at - BEGINNING_MS);
  };
  await newSimulation({ faults, onEvent }).run();
  return begun;
}

describe('a world', () => {
  it('is the same to the byte when it is run again, and no other one', async () => {
    const first = await fingerprints();
    expect(await fingerprints()).toEqual(first);
    expect(new Set(Object.values(first)).size).toBe(Object.keys(first).length);
  });

  it('is the same in Bun', async () => {
    const script = 'reference/simulator/test/support/print-fingerprints.ts';
    const { stdout } = await promisify(execFile)('node_modules/.bin/bun', ['run', script], { cwd: ROOT });
    expect(JSON.parse(stdout)).toEqual(await fingerprints());
  });

  it('is the same while somebody watches its network', async () => {
    const kinds = new Set<string>();
    const watched = newSimulation({ watchesNetwork: true, onEvent: ({ kind }) => kinds.add(kind) });
    expect(await watched.run()).toEqual(await newSimulation().run());
    for (const kind of ['packet', 'node', 'connection', 'delivered']) expect(kinds).toContain(kind);
  });

  it('is the same whether it is run at once, step by step, or up to a moment and on', async () => {
    const stepped = newSimulation();
    while (!stepped.isOver) await stepped.step();
    const paused = newSimulation();
    for (let at = 0; !paused.isOver; at += 777.5) await paused.runUntil(at);
    const { fingerprint } = await newSimulation().run();
    expect([stepped.report().fingerprint, paused.report().fingerprint]).toEqual([fingerprint, fingerprint]);
  });
});

describe('a fault that is left out', () => {
  const planned = planOf(hostile);

  it('leaves the times of the others alone', async () => {
    const all = await beginningsOf(planned);
    expect(all.size).toBeGreaterThan(8);
    for (const left of planned.slice(0, 5)) {
      const others = planned.filter((fault) => fault !== left);
      const begun = await beginningsOf(others);
      expect(begun.has(left.id)).toBe(false);
      for (const [id, at] of begun) expect(at).toBe(others.find((fault) => fault.id === id)?.atMs);
    }
  });

  it('leaves the others alone where its kind does not happen at all', () => {
    const unnumbered = (faults: readonly PlannedFault[]) => faults.map(({ id: _, ...fault }) => fault);
    for (const kind of FAULT_NAMES) {
      const without = planOf(settingsOf(7, 'hostile', { faultsPerMinute: { [kind]: 0 } }));
      expect(unnumbered(without)).toEqual(unnumbered(planned).filter(({ name }) => name !== kind));
    }
  });
});

describe('a fault that is injected', () => {
  const wanted = [
    { name: 'partition', forMs: 900, nodes: ['gateway-1', 'engine'] },
    { name: 'gateway-kill', forMs: 400, nodes: ['gateway-1'] },
    { name: 'cut', forMs: 0, nodes: ['client-1'] },
    { name: 'engine-lost-tail', forMs: 300, nodes: ['engine'], count: 3 },
  ] as const;

  it.each(wanted)('$name does what the same fault does that was planned for this moment', async (fault) => {
    let happened = 0;
    for (const atMs of [1_500, 3_000.5, 4_321, 5_432]) {
      const injecting = newSimulation();
      await injecting.runUntil(atMs);
      const injected = injecting.inject(fault);
      expect(injected).toEqual({ id: planOf(hostile).length + 1, atMs, ...fault });
      const report = await injecting.run();
      happened += report.happened[fault.name];
      const again = await newSimulation({ faults: injecting.faults }).run();
      expect(again).toEqual(report);
    }
    expect(happened).toBeGreaterThan(0);
  });

  it('is the same after a step, when other things have happened at the same moment', async () => {
    for (const fromMs of [1_200, 1_900, 2_600, 3_300, 4_000, 4_700]) {
      const injecting = newSimulation();
      while (injecting.now < fromMs) await injecting.step();
      injecting.inject({ name: 'cut', forMs: 0, nodes: ['client-2'] });
      injecting.inject({ name: 'partition', forMs: 700, nodes: ['client-1', 'gateway-1'] });
      await injecting.step();
      injecting.inject({ name: 'gateway-kill', forMs: 500, nodes: ['gateway-1'] });
      const report = await injecting.run();
      expect(await newSimulation({ faults: injecting.faults }).run()).toEqual(report);
    }
  });
});
