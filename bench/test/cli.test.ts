import { expect, test } from 'vitest';
import { parseRunEvent, parseSuiteList } from '../../tools/runs/event-schema.ts';
import { type BenchResult, parseResult } from '../../tools/runs/result-schema.ts';
import type { FanOutSample } from '../src/fan-out/sample.ts';
import { bench, TINY } from './command.ts';

test('--list --json prints the benchmarks as suites', async () => {
  const { code, stdout } = await bench(['--list', '--json']);
  expect(code).toBe(0);
  expect(parseSuiteList(stdout)?.map(({ name }) => name)).toEqual([
    'fan-out',
    'channels',
    'conflation',
    'backbones',
    'deliveries',
    'recovery',
  ]);
});

test('--help and --list print text for people', async () => {
  expect((await bench(['--help'])).stdout).toMatch(/^Usage: npm run bench/);
  expect((await bench(['--list'])).stdout).toContain('fan-out');
});

test.for([
  { words: ['fan-in'], says: 'There is no benchmark named "fan-in".' },
  { words: [], says: 'Give the name of one benchmark.' },
  { words: ['fan-out', '--slow'], says: "Unknown option '--slow'" },
  { words: ['fan-out', '--json', '--events'], says: '--json and --events exclude each other.' },
])('$words is refused with code 2 and the list of benchmarks', async ({ words, says }) => {
  const { code, stdout, stderr } = await bench(words);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain(says);
  expect(stderr).toContain('fan-out');
});

test('--json prints exactly one result that the pages can read, with every measurement, programs in turn', async () => {
  const { code, stdout, stderr } = await bench(['fan-out', '--quick', '--json'], { ...TINY, messagesPerTurn: [1, 3] });
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const result = parseResult(JSON.parse(stdout)) as BenchResult;
  const raw = result.raw as FanOutSample[];
  const { programs } = TINY;
  expect(result.name).toBe('fan-out');
  expect(result.rows.map(({ program, workload }) => [workload['messagesPerTurn'], program])).toEqual(
    [1, 3].flatMap((messages) => programs.map((program) => [messages, program])),
  );
  expect(raw.map(({ messagesPerTurn, repetition, program }) => [messagesPerTurn, repetition, program])).toEqual(
    [1, 3].flatMap((messages) => [1, 2].flatMap((turn) => programs.map((program) => [messages, turn, program]))),
  );
  for (const { deliveries, messages, messagesPerTurn, subscribers } of raw) {
    expect(messages).toBe(messagesPerTurn);
    expect(deliveries).toBe(messages * subscribers);
  }
  expect(result.settings).toMatchObject({ quick: true, programs, subscribers: [2], repetitions: 2 });
  expect(result.provenance.command).toBe('npm run bench -- fan-out --quick');
});

test('--events prints nothing but events: plan, progress up to the total, end with the result', async () => {
  const { code, stdout } = await bench(['fan-out', '--quick', '--events']);
  expect(code).toBe(0);
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => parseRunEvent(line));
  expect(events[0]).toMatchObject({ t: 'plan', kind: 'bench', total: 4, suites: [{ name: 'fan-out' }] });
  expect(events.slice(1, -1)).toMatchObject(
    Array.from({ length: 4 }, (_, place) => ({ t: 'progress', done: place + 1, total: 4 })),
  );
  const end = events.at(-1);
  expect(end).toMatchObject({ t: 'end', ok: true });
  if (end?.t === 'end') expect(end.results.map((result) => parseResult(result).name)).toEqual(['fan-out']);
});

test('without flags a table comes on standard output and progress on standard error', async () => {
  const { code, stdout, stderr } = await bench(['fan-out']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^subscribers +messages\/turn/);
  expect(stdout).toContain('ws-send-loop');
  expect(stderr).toMatch(/^\[1\/4\] /);
});

test.for([
  { plan: { subscribers: [0] }, field: 'subscribers.0' },
  { plan: { payloadBytes: [31] }, field: 'payloadBytes.0' },
  { plan: { programs: ['floor', 'ceiling'] }, field: 'programs.1' },
])('a plan that cannot be, $plan, fails with its field', async ({ plan, field }) => {
  const { code, stderr } = await bench(['fan-out'], plan);
  expect(code).toBe(1);
  expect(stderr).toContain(`PLAN_INVALID: MICRO_SOCKET_BENCH_PLAN: ${field}`);
});
