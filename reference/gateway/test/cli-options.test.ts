import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '@micro-socket/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HELP, parseCommand, UsageError } from '../src/node/cli-options.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'micro-socket-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function policyFile(content: string): string {
  const path = join(folder, 'policy.json');
  writeFileSync(path, content);
  return path;
}

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
    expect(command).toMatchObject({ help: false, hasPolicy: false });
    expect(command.serve).toMatchObject({
      address: { scheme: 'ws', host: '127.0.0.1', port: 8080, path: '/ws' },
      limits: DEFAULT_LIMITS,
      origins: [],
    });
    expect(command.serve.name).toBeUndefined();
    await expect(command.serve.policy.authenticate(undefined)).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
  });

  it('takes every option', async () => {
    const path = policyFile('{"anonymous":{"allow":[{"pattern":"a","actions":["publish"]}]}}');
    const { hasPolicy, serve } = parseCommand([
      ...['--listen', 'ws://[::1]:0/feed'],
      ...['--backbone', 'memory'],
      ...['--policy', path],
      ...['--origin', 'https://one.example', '--origin', 'https://two.example'],
      ...['--name', 'north'],
      ...['--limit', 'heartbeatMs=5000', '--limit=topicsMax=7'],
    ]);
    expect(hasPolicy).toBe(true);
    expect(serve).toMatchObject({
      address: { host: '::1', port: 0, path: '/feed' },
      origins: ['https://one.example', 'https://two.example'],
      name: 'north',
      limits: { ...DEFAULT_LIMITS, heartbeatMs: 5_000, topicsMax: 7 },
    });
    const anonymous = await serve.policy.authenticate(undefined);
    expect(serve.policy.authorize(anonymous, 'publish', 'a')).toBe(true);
  });

  it('--help asks for the text that names every option', () => {
    expect(parseCommand(['--help']).help).toBe(true);
    for (const option of ['listen', 'backbone', 'policy', 'origin', 'name', 'limit', 'help']) {
      expect(HELP).toContain(`--${option}`);
    }
  });

  it.each([
    [['--unknown'], "Unknown option '--unknown'"],
    [['word'], 'word'],
    [['--listen'], '--listen'],
    [['--backbone', 'disk:/tmp'], 'There is no backbone named "disk:/tmp"; use memory.'],
    [['--listen', 'wss://127.0.0.1:1'], 'put a TLS proxy in front of it'],
    [['--limit', 'heartbeatMs'], 'not heartbeatMs.'],
    [['--limit', 'heartbeatMs='], 'NAME=VALUE'],
    [['--limit', 'heartbeatMs=1.5'], 'NAME=VALUE'],
    [['--limit', 'heartbeatMs=-1'], 'NAME=VALUE'],
    [['--limit', 'heartbeatMs=1=2'], 'NAME=VALUE'],
    [['--limit', 'heartbeatMs=0'], 'heartbeatMs must be a whole number from 1 to 2147483647.'],
    [['--limit', 'nope=5'], 'There is no limit named nope.'],
    [['--limit', 'toString=5'], 'toString'],
    [['--name', ''], '--name takes 1 to 64 characters.'],
    [['--name', 'x'.repeat(65)], '--name takes 1 to 64 characters.'],
    [['--policy', '/nowhere/policy.json'], '/nowhere/policy.json'],
  ])('%j is a UsageError that says what to do', (words, help) => {
    const refusal = refusalOf(...words);
    expect(refusal.message).toContain(help);
    expect(refusal).toBeInstanceOf(UsageError);
    expect(refusal).toMatchObject({ code: 'USAGE', message: expect.stringMatching(/Try --help\.$/) });
    expect(refusal.message).not.toContain('..');
  });

  it('a policy file that is no JSON is a UsageError, one that is no policy a PolicyError', () => {
    expect(refusalOf('--policy', policyFile('{'))).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('JSON'),
    });
    expect(refusalOf('--policy', policyFile('{"users":1}'))).toMatchObject({ code: 'POLICY_INVALID' });
  });

  it.each(['http://127.0.0.1:8080', '8080', 'ws://127.0.0.1:8080/ws?token=x'])(
    '--listen %s is an AddressError',
    (address) => {
      expect(refusalOf('--listen', address)).toMatchObject({ code: 'ADDRESS_INVALID' });
    },
  );
});
