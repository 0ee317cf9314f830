/** Histories of real gateways, right and wrong, as the checkers judge them. */

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ENCODINGS, type Encoding } from '@micro-socket/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayProcess } from '../src/gateway-process.ts';
import { HistoryFiles } from '../src/history/history-files.ts';
import { violationsIn } from '../src/history/judge.ts';
import { HistoryRecorder } from '../src/history/recorder.ts';
import { Probe } from '../src/probe.ts';
import { runSuites } from '../src/runner.ts';
import type { Suite } from '../src/suite.ts';
import { POLICY } from '../src/world.ts';
import type { Fault } from './broken/fault.ts';
import { orderFaults } from './broken/order-faults.ts';
import { startProxy } from './broken/proxy.ts';
import { stateFaults } from './broken/state-faults.ts';
import { HandProbe } from './support/frames.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const checkHistory = join(root, 'reference/simulator/src/node/check-history-cli.ts');
const folder = mkdtempSync(join(tmpdir(), 'micro-socket-history-'));

const MESSAGES = 50;

let gateway: GatewayProcess;
let topics = 0;

beforeAll(async () => {
  gateway = await GatewayProcess.start({ policy: POLICY });
});

afterAll(async () => {
  await gateway.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** The history of a writer and a reader at this address. */
async function historyAt(address: string, encoding: Encoding) {
  topics += 1;
  const topic = `open.history-${topics}`;
  const recorder = new HistoryRecorder({ source: `history-${topics}` });
  recorder.gateway(address, { policy: POLICY, limits: {} });
  const probes: Probe[] = [];
  for (const token of ['alice-token', 'bob-token']) {
    probes.push(await Probe.connect(address, { encoding, token, observer: recorder.probe(address, encoding) }));
  }
  const [writer, reader] = probes as [Probe, Probe];
  await reader.subscribe(topic);
  const payloads = Array.from({ length: MESSAGES }, (_, n) => (n === 30 ? -0.5 : n));
  await Promise.all(payloads.map((payload, n) => writer.publish(topic, `m-${n}`, payload)));
  await reader.barrier();
  const history = recorder.finish();
  for (const probe of probes) probe.cut();
  return history;
}

function faultNamed(name: string): Fault {
  const fault = [...orderFaults, ...stateFaults].find((one) => one.name === name);
  if (fault === undefined) throw new Error(`There is no fault ${name}.`);
  return fault;
}

function checked(file: string, ...words: string[]) {
  return promisify(execFile)(process.execPath, ['--import', 'tsx', checkHistory, file, ...words], { cwd: root });
}

describe('the recorded history of a gateway', () => {
  it.each(ENCODINGS)('that is right breaks nothing, in %s', async (encoding) => {
    const history = await historyAt(gateway.address, encoding);
    const counts: Record<string, number> = {};
    for (const { kind } of history.events) counts[kind] = (counts[kind] ?? 0) + 1;
    expect(counts).toEqual({
      run: 1,
      phase: 1,
      granted: 2,
      identified: 2,
      subscribe: 1,
      subscribed: 1,
      publish: MESSAGES,
      published: MESSAGES,
      stored: MESSAGES,
      delivered: MESSAGES,
    });
    expect(violationsIn(history)).toEqual([]);
  });

  it('can be written to a file, which check-history reads', async () => {
    const history = await historyAt(gateway.address, 'json');
    const file = new HistoryFiles(folder).write('right', history);
    const { stdout } = await checked(file, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ holds: true, events: history.events.length, run: { seesLog: true } });
  });

  it.each([
    ['delivers a message twice', ['I2']],
    ['swaps two messages for one subscriber', ['I3', 'I4']],
    ['drops a message and says nothing', ['I4']],
    ['alters a message, and says the checksum of what it was', ['I7']],
  ])('that %s breaks %s', async (name, broken) => {
    const proxy = await startProxy(gateway.address, faultNamed(name));
    const history = await historyAt(proxy.address, 'msgpack');
    await proxy.close();
    const invariants = new Set(violationsIn(history).map(({ invariant }) => invariant));
    expect([...invariants].toSorted()).toEqual(broken);
  });
});

describe('a test whose assertions hold', () => {
  it('fails by its history, with what is wrong in it, and the history is written down', async () => {
    const suite: Suite = {
      name: 'wrong',
      title: 'Wrong',
      tests: [
        {
          id: 'twice',
          title: 'is given a message twice',
          proves: ['I2'],
          encodings: ['json'],
          run: async ({ history }) => {
            new HandProbe(history).setsUp().subscribes().stores(1).getsMessage(1).getsMessage(1);
          },
        },
      ],
    };
    const [outcome] = await runSuites([suite], () => {}, new HistoryFiles(folder));
    expect(outcome?.tests[0]?.error).toMatch(
      /in json: The recorded history breaks I2, .*: probe-1-subscription-1 of probe-1/,
    );
    await expect(checked(join(folder, 'wrong.twice.json.ndjson'))).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/I2 +1 violation/),
    });
  });
});
