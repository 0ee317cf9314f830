import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { RunningGateway } from '@micro-socket/gateway/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCommand } from '../src/verify/cli-options.ts';
import { orderFaults } from './broken/order-faults.ts';
import { startProxy } from './broken/proxy.ts';
import { BROKEN_LIMITS, MAIN_TOKEN, startGateway } from './support/verified-gateway.ts';

describe('the command line', () => {
  it('asks for every level in both encodings by default, and takes a full or a short address', () => {
    const { settings } = parseCommand(['ws://127.0.0.1:8080']);
    expect(settings).toMatchObject({
      address: 'ws://127.0.0.1:8080/ws',
      level: 'durable',
      encodings: ['json', 'msgpack'],
      token: undefined,
      deniedTopic: 'verify-denied.x',
      patienceMs: 15_000,
    });
    expect(parseCommand(['ipc:///run/ms.sock', '--encoding', 'json']).settings.encodings).toEqual(['json']);
  });

  it('takes bounds that the operator of the gateway changed', () => {
    const { limits } = parseCommand(['tcp://127.0.0.1:7000', '--limit', 'headIntervalMs=1000']).settings;
    expect([limits.headIntervalMs, limits.presenceGraceMs]).toEqual([1_000, 15_000]);
  });

  it.each([
    [[], /Name one address/],
    [['ws://a', 'ws://b'], /Name one address/],
    [['127.0.0.1:8080'], /127\.0\.0\.1:8080/],
    [['ws://127.0.0.1', '--level', 'best'], /--level takes core, ordered, durable/],
    [['ws://127.0.0.1', '--encoding', 'xml'], /--encoding takes/],
    [['ws://127.0.0.1', '--patience-ms', 'long'], /--patience-ms takes a whole number/],
    [['ws://127.0.0.1', '--denied-topic', 'a b'], /--denied-topic takes a topic/],
    [['ws://127.0.0.1', '--limit', 'speed=1'], /no limit named speed/],
    [['ws://127.0.0.1', '--ca', '/no/such/file'], /cannot be read/],
    [['ws://127.0.0.1', '--loud'], /--loud/],
  ])('refuses %j and says why', (words, why) => {
    expect(() => parseCommand(words)).toThrow(why);
    expect(() => parseCommand(words)).toThrow(/Try --help/);
  });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...words: string[]): Promise<Ended> {
  const entry = fileURLToPath(new URL('../src/verify/cli.ts', import.meta.url));
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', entry, ...words],
      { maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
      },
    );
  });
}

describe('npm run verify', () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGateway({ limits: BROKEN_LIMITS });
  });
  afterAll(() => gateway.close());

  it('ends with 0 and names level and durability when the gateway conforms, also without a token', async () => {
    const { code, stdout } = await run(gateway.address, '--level', 'core', '--patience-ms', '9000');
    expect(stdout).toMatch(/acknowledges at durability "memory"/);
    expect(stdout).toMatch(/conforms at level core, with \d+ checks skipped$/m);
    expect(stdout).toMatch(/it needs --reader-token.*: reader-may-not-publish/);
    expect(code).toBe(0);
  });

  it('ends with 1 and one JSON document when it does not', async () => {
    const fault = orderFaults.find(({ name }) => name === 'names a wrong prevSeqNo');
    const proxy = await startProxy(gateway.address, fault);
    const words = [
      '--token',
      MAIN_TOKEN,
      '--level',
      'ordered',
      '--encoding',
      'json',
      '--patience-ms',
      '6000',
      '--json',
    ];
    const { code, stdout } = await run(proxy.address, ...words);
    await proxy.close();
    const report = JSON.parse(stdout);
    expect(report.conforms).not.toBe('ordered');
    expect(report.checks.find(({ id }: { id: string }) => id === 'chain').status).toBe('failed');
    expect(code).toBe(1);
  });

  it('ends with 2 and advice when nobody answers, or when it is not let in', async () => {
    const nobody = await run('ws://127.0.0.1:1');
    expect([nobody.code, nobody.stderr]).toEqual([2, expect.stringMatching(/Could not connect/)]);
    const stranger = await run(gateway.address, '--token', 'not-a-token');
    expect([stranger.code, stranger.stderr]).toEqual([2, expect.stringMatching(/AUTH_FAILED.*--token/)]);
    const reader = await run(gateway.address, '--token', 'verify-reader-token');
    expect([reader.code, reader.stderr]).toEqual([2, expect.stringMatching(/refuses publish.*--token/)]);
    const wrong = await run('--level', 'core');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/Name one address.*Try --help/)]);
  });
});
