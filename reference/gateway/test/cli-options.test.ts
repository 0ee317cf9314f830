import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '@micro-socket/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identity } from '../../transport/test/support/identity.ts';
import { HELP, parseCommand, UsageError } from '../src/node/cli-options.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'micro-socket-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A file in the test's folder, by its whole path. */
function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const policyFile = (content = '{"anonymous":{"allow":[{"pattern":"a","actions":["publish"]}]}}') =>
  file('policy.json', content);
const configFile = (config: unknown) => file('gateway.json', JSON.stringify(config));
const tlsFiles = () => ({ cert: file('cert.pem', identity.cert), key: file('key.pem', identity.key) });

function refusalOf(...words: string[]): Error {
  try {
    parseCommand(words);
  } catch (error) {
    return error as Error;
  }
  throw new Error('It was accepted.');
}

describe('the gateway command', () => {
  it('without options listens on this machine, with the default bounds, for nobody', async () => {
    const command = parseCommand([]);
    expect(command).toMatchObject({ help: false, policyFile: undefined });
    expect(command.serve).toMatchObject({
      addresses: [{ scheme: 'ws', host: '127.0.0.1', port: 8080, path: '/ws' }],
      limits: DEFAULT_LIMITS,
      origins: [],
      namePublishers: false,
      demo: false,
    });
    for (const name of ['name', 'tls', 'sessionSecret', 'backbone']) expect(command.serve).not.toHaveProperty(name);
    await expect(command.serve.policy.authenticate(undefined)).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
  });

  it('takes every option', async () => {
    const { cert, key } = tlsFiles();
    const path = policyFile();
    const { policyFile: opened, serve } = parseCommand([
      ...['--listen', 'ws://[::1]:0/feed', '--listen', 'tls://127.0.0.1:7000'],
      ...['--listen=wss://127.0.0.1:1', '--listen', 'ipc:///run/ms.sock', '--listen', 'tcp://127.0.0.1'],
      ...['--tls-cert', cert, '--tls-key', key],
      ...['--backbone', 'memory'],
      ...['--policy', path],
      ...['--origin', 'https://one.example', '--origin', 'https://two.example'],
      ...['--session-secret-file', file('secret', new Uint8Array(32).fill(10))],
      ...['--name', 'north'],
      ...['--name-publishers', '--demo'],
      ...['--limit', 'heartbeatMs=5000', '--limit=topicsMax=7'],
    ]);
    expect(opened?.path).toBe(path);
    expect(serve.policy).toBe(opened);
    expect(serve).toMatchObject({
      addresses: [
        { scheme: 'ws', host: '::1', port: 0, path: '/feed' },
        { scheme: 'tls', host: '127.0.0.1', port: 7_000 },
        { scheme: 'wss', port: 1 },
        { scheme: 'ipc', path: '/run/ms.sock' },
        { scheme: 'tcp', port: 7_000 },
      ],
      origins: ['https://one.example', 'https://two.example'],
      name: 'north',
      namePublishers: true,
      demo: true,
      limits: { ...DEFAULT_LIMITS, heartbeatMs: 5_000, topicsMax: 7 },
    });
    expect(String(serve.tls?.cert)).toBe(identity.cert);
    expect(String(serve.tls?.key)).toBe(identity.key);
    // Every byte of the file counts, line breaks as well.
    expect([...(serve.sessionSecret ?? [])]).toEqual(Array(32).fill(10));
    const anonymous = await serve.policy.authenticate(undefined);
    expect(serve.policy.authorize(anonymous, 'publish', 'a')).toBe(true);
  });

  it('--help asks for the text that names every option, whatever else is wrong with them', () => {
    expect(parseCommand(['--help', '--policy', '/nowhere', '--config', '/nowhere']).help).toBe(true);
    const options = ['listen', 'tls-cert', 'tls-key', 'backbone', 'policy', 'origin', 'session-secret-file', 'name'];
    const backbone = ['backbone-key-file', 'backbone-ca', 'durability', 'history-age-ms', 'engine', 'edge-key-file'];
    for (const option of [...options, ...backbone, 'workers', 'name-publishers', 'demo', 'limit', 'config', 'help']) {
      expect(HELP).toMatch(new RegExp(`^  --${option}\\b`, 'm'));
    }
  });

  it.each([
    [['--unknown'], "Unknown option '--unknown'"],
    [['word'], 'word'],
    [['--listen'], '--listen'],
    [['--backbone-key-file', 'package.json'], '--backbone-key-file has no meaning with --backbone memory.'],
    [['--backbone', 'tcp://127.0.0.1:1', '--backbone-key-file', '/nowhere'], '--backbone-key-file: /nowhere cannot'],
    [['--backbone', 'tls://127.0.0.1:1', '--backbone-ca', '/nowhere'], '--backbone-ca: /nowhere cannot be read'],
    [['--durability', 'disk'], '--durability and --history-age-ms are for --backbone disk:DIR.'],
    [['--backbone', 'disk:x', '--durability', 'fast'], '--durability is disk or written, not fast.'],
    [['--backbone', 'disk:x', '--history-age-ms', '1.5'], '--history-age-ms takes a whole number from 1 on, not 1.5.'],
    [['--engine'], 'ws://127.0.0.1:8080/ws can be reached by others than this machine’s programs'],
    [['--engine', '--listen', 'tcp://0.0.0.0:7000'], 'needs --edge-key-file.'],
    [['--engine', '--edge-key-file', '/nowhere'], '--edge-key-file: /nowhere cannot be read'],
    [['--engine', '--edge-key-file', '/dev/null'], '--edge-key-file: An edge key has 22 to 8192 characters.'],
    [['--workers', '0'], '--workers takes a whole number from 1 on, not 0.'],
    [['--workers', 'many'], '--workers takes a whole number from 1 on, not many.'],
    [['--workers', '1000'], '--workers is at most 256.'],
    [['--workers', '2', '--engine', '--listen', 'tcp://127.0.0.1:1'], '--workers and --engine exclude each other'],
    [['--listen', 'wss://127.0.0.1:1'], 'wss://127.0.0.1:1/ws needs --tls-cert and --tls-key.'],
    [['--listen', 'ws://127.0.0.1:1', '--listen', 'tls://127.0.0.1:2'], 'tls://127.0.0.1:2 needs --tls-cert'],
    [['--tls-cert', 'package.json'], '--tls-cert and --tls-key go together.'],
    [['--tls-key', 'package.json'], '--tls-cert and --tls-key go together.'],
    [['--tls-cert', '/nowhere/cert', '--tls-key', 'package.json'], '--tls-cert: /nowhere/cert cannot be read'],
    [['--session-secret-file', '/nowhere/secret'], '--session-secret-file: /nowhere/secret cannot be read'],
    [['--session-secret-file', '/dev/null'], '/dev/null has 0 bytes; a secret has at least 32.'],
    [['--demo=yes'], '--demo'],
    [['--limit', 'heartbeatMs'], 'not heartbeatMs.'],
    [['--limit', 'heartbeatMs='], 'NAME=VALUE'],
    [['--limit', 'heartbeatMs=1.5'], 'NAME=VALUE'],
    [['--limit', 'heartbeatMs=-1'], 'NAME=VALUE'],
    [['--limit', 'heartbeatMs=1=2'], 'NAME=VALUE'],
    [['--limit', 'heartbeatMs=0'], 'heartbeatMs must be a whole number from 1 to 2147483647.'],
    [['--limit', 'nope=5'], 'There is no limit named nope.'],
    [['--limit', 'toString=5'], 'toString'],
    [['--limit', 'frameBytesMax=2000000'], 'frameBytesMax must not be greater than frameBytesReadMax.'],
    [['--origin', 'good.example'], 'https://example.com'],
    [['--origin', 'https://good.example/page'], 'https://example.com'],
    [['--origin', 'file:///x'], 'https://example.com'],
    [['--name', ''], '--name takes 1 to 64 characters.'],
    [['--name', 'x'.repeat(65)], '--name takes 1 to 64 characters.'],
    [['--config', '/nowhere/gateway.json'], 'The configuration /nowhere/gateway.json cannot be read as JSON'],
  ])('%j is a UsageError that says what to do', (words, help) => {
    const refusal = refusalOf(...words);
    expect(refusal.message).toContain(help);
    expect(refusal).toBeInstanceOf(UsageError);
    expect(refusal).toMatchObject({ code: 'USAGE', message: expect.stringMatching(/Try --help\.$/) });
    expect(refusal.message).not.toContain('..');
  });

  it('a policy file that is not there, no JSON, or no policy is a PolicyError that names what is wrong', () => {
    expect(refusalOf('--policy', '/nowhere/policy.json')).toMatchObject({
      code: 'POLICY_INVALID',
      message: expect.stringContaining('/nowhere/policy.json'),
    });
    expect(refusalOf('--policy', policyFile('{'))).toMatchObject({
      code: 'POLICY_INVALID',
      message: expect.stringContaining('JSON'),
    });
    expect(refusalOf('--policy', policyFile('{"users":1}'))).toMatchObject({ code: 'POLICY_INVALID' });
  });

  it('--backbone, with what belongs to it', () => {
    const key = file('key', 'a-key-that-only-edges-have\n');
    const remote = parseCommand(['--backbone', 'tls://engine.example', '--backbone-key-file', key, '--name', 'north']);
    expect(remote.backbone).toMatchObject({
      address: { kind: 'remote', address: { scheme: 'tls', host: 'engine.example', port: 7_000 } },
      options: { keyFile: key, name: 'north' },
    });
    const disk = parseCommand(['--backbone', 'disk:/data', '--durability', 'written', '--history-age-ms', '60000']);
    expect(disk.backbone).toMatchObject({
      address: { kind: 'disk', directory: '/data' },
      options: { durability: 'written', historyAgeMaxMs: 60_000 },
    });
    expect(parseCommand([]).backbone.address).toEqual({ kind: 'memory' });
  });

  it('--backbone with an address that is none is an AddressError', () => {
    for (const address of ['redis', 'disk:', 'nats://a/MS?replicas=2', 'http://a']) {
      expect(refusalOf('--backbone', address)).toMatchObject({ code: 'ADDRESS_INVALID' });
    }
  });

  it('--engine lets edges in by their key and users by the policy, and has the bounds of an engine', async () => {
    const key = 'a-key-that-only-edges-have';
    const words = ['--engine', '--edge-key-file', file('key', `${key}\n`), '--policy', policyFile()];
    const { serve, isEngine } = parseCommand([...words, '--limit', 'heartbeatMs=9']);
    expect(isEngine).toBe(true);
    expect(await serve.policy.authenticate(key)).toMatchObject({ isEdge: true });
    expect(await serve.policy.authenticate(undefined)).not.toHaveProperty('isEdge');
    expect(serve.limits).toMatchObject({ heartbeatMs: 9, unacknowledgedPublishesMax: 8_192 });
  });

  it('--engine without a key is for programs of this machine only', async () => {
    for (const address of ['tcp://127.0.0.1:0', 'tls://[::1]:0', 'ipc:///run/ms']) {
      const tls = ['--tls-cert', file('cert', identity.cert), '--tls-key', file('tls-key', identity.key)];
      const { serve } = parseCommand(['--engine', '--listen', address, ...tls]);
      expect(await serve.policy.authenticate(undefined)).toMatchObject({ isEdge: true });
    }
    const both = ['--engine', '--listen', 'tcp://127.0.0.1:0', '--policy', policyFile()];
    expect(refusalOf(...both).message).toContain('--engine with --policy needs --edge-key-file');
  });

  it('--workers takes a number, or auto for one on each core', () => {
    expect(parseCommand(['--workers', '3']).workers).toBe(3);
    expect(parseCommand(['--workers', 'auto']).workers).toBeGreaterThan(0);
    expect(parseCommand([]).workers).toBeUndefined();
  });

  it.each(['http://127.0.0.1:8080', '8080', 'ws://127.0.0.1:8080/ws?token=x'])(
    '--listen %s is an AddressError',
    (address) => {
      expect(refusalOf('--listen', address)).toMatchObject({ code: 'ADDRESS_INVALID' });
    },
  );
});

describe('--config', () => {
  it('holds every option under its name in camelCase, and its files are beside it', async () => {
    mkdirSync(join(folder, 'keys'), { recursive: true });
    file('keys/cert.pem', identity.cert);
    file('keys/key.pem', identity.key);
    file('keys/secret', new Uint8Array(40));
    policyFile();
    const path = configFile({
      listen: ['ws://127.0.0.1:0', 'tcp://127.0.0.1:0'],
      backbone: 'memory',
      policy: 'policy.json',
      origin: ['https://one.example'],
      tlsCert: 'keys/cert.pem',
      tlsKey: 'keys/key.pem',
      sessionSecretFile: 'keys/secret',
      name: 'north',
      namePublishers: true,
      demo: true,
      limit: { heartbeatMs: 5_000 },
    });
    const { policyFile: opened, serve } = parseCommand(['--config', path]);
    expect(opened?.path).toBe(join(folder, 'policy.json'));
    expect(serve).toMatchObject({
      addresses: [{ scheme: 'ws' }, { scheme: 'tcp' }],
      origins: ['https://one.example'],
      name: 'north',
      namePublishers: true,
      demo: true,
      limits: { heartbeatMs: 5_000 },
    });
    expect(String(serve.tls?.key)).toBe(identity.key);
    expect(serve.sessionSecret).toHaveLength(40);
  });

  it('yields to the command line, bound by bound', () => {
    const path = configFile({
      listen: 'ws://127.0.0.1:1',
      origin: 'https://one.example',
      name: 'north',
      demo: true,
      namePublishers: true,
      limit: { heartbeatMs: 5_000, topicsMax: 7 },
    });
    const words = ['--listen', 'ws://127.0.0.1:2', '--name', 'south', '--no-demo', '--limit', 'topicsMax=8'];
    const { serve } = parseCommand(['--config', path, ...words]);
    expect(serve).toMatchObject({
      addresses: [{ port: 2 }],
      origins: ['https://one.example'],
      name: 'south',
      demo: false,
      namePublishers: true,
      limits: { heartbeatMs: 5_000, topicsMax: 8 },
    });
  });

  it.each([
    [{ colour: 'red' }, 'colour is not a known field'],
    [{ 'tls-cert': 'x' }, 'tls-cert is not a known field'],
    [{ config: 'other.json' }, 'config is not a known field'],
    [{ demo: 'yes' }, 'demo must be boolean'],
    [{ listen: 8080 }, 'listen'],
    [{ limit: { nope: 1 } }, 'There is no limit named nope.'],
    [{ limit: { heartbeatMs: '5' } }, 'limit.heartbeatMs must be number'],
    [{ limit: { heartbeatMs: 1.5 } }, 'heartbeatMs must be a whole number'],
    [{ listen: 'wss://127.0.0.1:1' }, 'needs --tls-cert and --tls-key'],
    [{ policy: 'missing.json' }, 'missing.json'],
    [[], 'the whole must be object'],
  ])('%j is refused, and what is wrong is named', (config, problem) => {
    const refusal = refusalOf('--config', configFile(config));
    expect(refusal.message).toContain(problem);
    expect(['USAGE', 'POLICY_INVALID']).toContain((refusal as Error & { code: string }).code);
  });

  it('that is no JSON is refused by its name', () => {
    const path = file('broken.json', '{');
    expect(refusalOf('--config', path)).toMatchObject({ code: 'USAGE', message: expect.stringContaining(path) });
  });
});
