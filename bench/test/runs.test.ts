/** The benchmarks of backbones from end to end, with real gateways and stores, as short as can be. */

import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { provenanceOf } from '../../tools/runs/provenance.ts';
import { type BenchRow, parseResult } from '../../tools/runs/result-schema.ts';
import { backbonesPlan } from '../src/backbones/plan.ts';
import { PROGRAMS as PUBLISH_PROGRAMS, type PublishProgram } from '../src/backbones/programs.ts';
import { runBackbones } from '../src/backbones/run.ts';
import type { BackboneSample } from '../src/backbones/sample.ts';
import type { Findings } from '../src/benchmark.ts';
import { deliveriesPlan } from '../src/deliveries/plan.ts';
import { PROGRAMS as DELIVERY_PROGRAMS } from '../src/deliveries/programs.ts';
import { runDeliveries } from '../src/deliveries/run.ts';
import type { DeliverySample } from '../src/deliveries/sample.ts';
import type { NatsTasks } from '../src/nats-process.ts';
import { Child } from '../src/processes/child.ts';
import { DataFolder } from '../src/processes/data-folder.ts';
import { findNatsServer } from '../src/processes/nats-server.ts';
import { recoveryPlan } from '../src/recovery/plan.ts';
import { PROGRAMS as RECOVERY_PROGRAMS } from '../src/recovery/programs.ts';
import { runRecovery } from '../src/recovery/run.ts';

const short = { repetitions: 2, repetitionMs: 0, repetitionMessagesMax: 20, warmUpMs: 0 };
const hasNats = findNatsServer() !== undefined;

function options() {
  const seen: string[] = [];
  const onProgress = (done: number, total: number) => seen.push(`${done}/${total}`);
  return { seen, signal: new AbortController().signal, onProgress };
}

/** The programs of these names, in groups as they are compared. */
function groupsOf(...names: readonly string[]): (readonly PublishProgram[])[] {
  const groups = PUBLISH_PROGRAMS.map((group) => group.filter(({ name }) => names.includes(name)));
  return groups.filter((group) => group.length > 0);
}

/** What the pages would be given. */
function rowsShown({ settings, skipped = [], ...findings }: Findings): readonly BenchRow[] {
  const provenance = provenanceOf('npm run bench', 0, 1);
  const rest = { settings: { ...settings }, skipped: [...skipped], provenance };
  const result = parseResult({ schema: 1, kind: 'bench', name: 'test', ...findings, ...rest });
  return result.kind === 'bench' ? result.rows : [];
}

function comparisonsOf({ rows }: Findings): string[] {
  return rows.flatMap(({ program, comparisons = [] }) => comparisons.map((other) => `${program} : ${other.program}`));
}

describe('the backbones benchmark', () => {
  test('puts each backbone beside its bare store, measures those in turn, and counts what was acknowledged', async () => {
    const plan = backbonesPlan(true, JSON.stringify({ ...short, loads: [{ inFlight: 3, topics: 2 }] }));
    const { seen, ...run } = options();
    const groups = groupsOf('memory', 'engine-memory', 'tcp-echo', 'disk', 'lmdb');
    const findings = await runBackbones({ plan, groups, ...run });
    const raw = findings.raw as readonly BackboneSample[];
    expect(raw.map(({ program, repetition }) => [program, repetition])).toEqual(
      groups.flatMap((group) => [1, 2].flatMap((turn) => group.map(({ name }) => [name, turn]))),
    );
    expect(seen.at(-1)).toBe('10/10');
    for (const { messages, histogram } of raw) {
      // A repetition without time ends with the first answers, and all that was under way is waited for.
      expect(messages).toBe(3);
      const counted = histogram.split(' ').map((one) => Number(one.split('×')[1]));
      expect(counted.reduce((sum, count) => sum + count, 0)).toBe(messages);
    }
    expect(comparisonsOf(findings)).toEqual([
      'memory : tcp-echo',
      'engine-memory : tcp-echo',
      'engine-memory : memory',
      'disk : lmdb',
    ]);
    expect(findings.rows.map(({ program, durability }) => [program, durability])).toEqual([
      ['memory', 'memory'],
      ['engine-memory', 'memory'],
      ['tcp-echo', undefined],
      ['disk', 'disk'],
      ['lmdb', 'disk'],
    ]);
    for (const { figures } of rowsShown(findings)) expect(Object.keys(figures)).toContain('cpuMicrosPerPublish');
  });

  test.skipIf(!hasNats)('measures NATS as well, with the CPU time of its server', async () => {
    const plan = backbonesPlan(true, JSON.stringify({ ...short, loads: [{ inFlight: 3, topics: 2 }] }));
    const findings = await runBackbones({ plan, groups: groupsOf('nats', 'jetstream'), ...options() });
    expect(comparisonsOf(findings)).toEqual(['nats : jetstream']);
    const [sample] = findings.raw as readonly BackboneSample[];
    if (process.platform === 'linux') {
      expect(sample?.servers?.map((server) => server.process)).toEqual(['nats-server', 'gateway']);
    }
  });

  test('leaves out what is not on this machine, and says why', async () => {
    const plan = backbonesPlan(true, JSON.stringify({ ...short, loads: [{ inFlight: 1, topics: 1 }] }));
    const absent: PublishProgram = {
      name: 'absent',
      missing: () => 'It is not here.',
      start: () => Promise.reject(new Error('It was started.')),
    };
    const echo = groupsOf('tcp-echo')[0] ?? [];
    const { skipped, rows } = await runBackbones({ plan, groups: [[...echo, absent]], ...options() });
    expect(skipped).toEqual([{ program: 'absent', why: 'It is not here.' }]);
    expect(rows.map(({ program }) => program)).toEqual(['tcp-echo']);
  });

  test('ends with the first fault of a program, and names it', async () => {
    const server = new URL('./fixtures/refusing-log.ts', import.meta.url).href;
    const refusing: PublishProgram = {
      name: 'refusing',
      start: async (servers) => ({ kind: 'gateway', address: await servers.module('server', server) }),
    };
    const plan = backbonesPlan(true, JSON.stringify({ ...short, repetitionMs: 600_000, repetitionMessagesMax: 50 }));
    await expect(runBackbones({ plan, groups: [[refusing]], ...options() })).rejects.toMatchObject({
      code: 'UNEXPECTED_FRAME',
      message: expect.stringMatching(/^refusing, 1 in flight, 1 topics: the publisher got .*OVERLOADED/),
    });
  });
});

describe('the deliveries benchmark', () => {
  test('spreads the subscribers over the gateways, and measures each process', async () => {
    const plan = deliveriesPlan(true, JSON.stringify({ ...short, subscribers: [4] }));
    const programs = DELIVERY_PROGRAMS.filter(({ name }) => name === 'engine-1' || name === 'engine-2');
    const findings = await runDeliveries({ plan, programs, ...options() });
    const raw = findings.raw as readonly DeliverySample[];
    expect(raw.map(({ program, deliveries }) => [program, deliveries])).toEqual(
      [1, 2].flatMap(() => programs.map(({ name }) => [name, 64])),
    );
    expect(raw[1]?.servers?.map((server) => server.process)).toEqual(['engine', 'gateway-1', 'gateway-2']);
    expect(comparisonsOf(findings)).toEqual(['engine-2 : engine-1']);
    expect(rowsShown(findings)).toHaveLength(2);
  });
});

describe('the recovery benchmark', () => {
  test('finds everything again after each SIGKILL, and puts each start beside that without messages', async () => {
    const plan = recoveryPlan(true, JSON.stringify({ storedMessages: [0, 50], topics: 4, repetitions: 2 }));
    const programs = RECOVERY_PROGRAMS.filter(({ name }) => name !== 'nats' || hasNats);
    const findings = await runRecovery({ plan, programs, ...options() });
    expect(findings.raw).toHaveLength(4 * programs.length);
    expect(rowsShown(findings)).toHaveLength(2 * programs.length);
    expect(comparisonsOf(findings)).toEqual(
      ['disk : lmdb', 'disk : lmdb', 'disk : disk', 'lmdb : lmdb', 'nats : nats'].slice(0, hasNats ? 5 : 4),
    );
  });
});

test.skipIf(!hasNats)('a NATS server ends with the run', async () => {
  const data = new DataFolder();
  onTestFinished(() => data.remove());
  const stop = new AbortController();
  const file = new URL('../src/nats-process.ts', import.meta.url);
  const child = new Child<NatsTasks>({ name: 'the server', file, core: undefined, signal: stop.signal });
  const { address } = await child.ask('start', { folder: data.make('nats') });
  expect(await isListening(address)).toBe(true);
  stop.abort();
  while (await isListening(address)) await pause(20);
});

function isListening(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`tcp://${address}`);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
