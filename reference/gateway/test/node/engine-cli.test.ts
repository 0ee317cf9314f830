import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '@micro-socket/client/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { examplePolicy, GatewayProcess } from '../support/gateway-process.ts';

const cli = fileURLToPath(new URL('../../src/node/engine-cli.ts', import.meta.url));
const root = fileURLToPath(new URL('../../../../', import.meta.url));

const started: GatewayProcess[] = [];
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ms-'));
});

afterEach(() => {
  for (const program of started.splice(0)) program.signalAll('SIGKILL');
  rmSync(folder, { recursive: true });
});

function engine(...words: string[]): GatewayProcess {
  const { npm_lifecycle_event: _event, ...env } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', cli, ...words], { cwd: root, env, detached: true });
  const program = new GatewayProcess(child);
  started.push(program);
  return program;
}

function edge(...words: string[]): GatewayProcess {
  const program = GatewayProcess.start('--listen', 'ws://127.0.0.1:0', '--policy', examplePolicy, ...words);
  started.push(program);
  return program;
}

/** What a command prints and how it ends. */
async function answerOf(...words: string[]) {
  const program = engine(...words);
  const [code] = await program.exit();
  await program.ended();
  return { code, out: program.lines.join('\n'), problem: program.stderr };
}

describe('npm run engine', () => {
  it('keeps what edges publish over its end, and tells what its folder holds, also while it runs', async () => {
    const data = join(folder, 'data');
    const key = join(folder, 'edge.key');
    writeFileSync(key, 'a-key-that-only-edges-have\n');
    const words = ['--data', data, '--listen', 'tcp://127.0.0.1:0', '--edge-key-file', key];
    const first = engine(...words);
    const address = await first.address();
    const gateway = edge('--backbone', address, '--backbone-key-file', key);
    const client = await connect(await gateway.address(), { token: 'pricer-token' });
    expect(client.ready.durability).toBe('disk');
    const { position } = await client.publish('prices.eurusd', 1, { messageId: 'm1' });
    first.signalAll('SIGKILL');
    await first.ended();
    const second = engine(...words.map((word) => (word.startsWith('tcp:') ? address : word)));
    await second.address();
    expect(await client.publish('prices.eurusd', 1, { messageId: 'm1' })).toEqual({ status: 'duplicate', position });
    expect(await answerOf('inspect', data)).toMatchObject({
      code: 0,
      out: expect.stringContaining('prices.eurusd: 1 messages'),
    });
    const backup = join(folder, 'backup');
    expect(await answerOf('backup', data, backup)).toMatchObject({ code: 0, out: expect.stringContaining(backup) });
    expect((await answerOf('inspect', backup)).out).toContain('a backup: when it is opened, all epochs change');
    await client.close();
  });

  it('refuses an edge without its key, which says so and ends', async () => {
    const key = join(folder, 'edge.key');
    writeFileSync(key, 'a-key-that-only-edges-have\n');
    const first = engine('--data', join(folder, 'data'), '--listen', 'tcp://127.0.0.1:0', '--edge-key-file', key);
    const gateway = edge('--backbone', await first.address());
    expect((await gateway.exit())[0]).toBe(1);
    await gateway.ended();
    expect(gateway.stderr).toContain('This gateway is an engine and wants its edge key.');
  });

  it('is refused a folder that another process has', async () => {
    const data = join(folder, 'data');
    await engine('--data', data, '--listen', 'tcp://127.0.0.1:0').address();
    const { code, problem } = await answerOf('--data', data, '--listen', 'tcp://127.0.0.1:0');
    expect(code).toBe(1);
    expect(problem).toContain(data);
  });

  it.each([
    [['inspect'], 'inspect takes one folder'],
    [['inspect', '/nowhere'], '/nowhere'],
    [['backup', 'one'], 'backup takes two folders'],
    [['--data'], '--data wants a folder.'],
    [['--backbone', 'memory'], '--backbone is for npm run gateway.'],
    [['--nope'], "Unknown option '--nope'"],
  ])('%j is refused with a sentence', async (words, problem) => {
    const answer = await answerOf(...words);
    expect(answer.code).toBe(1);
    expect(answer.problem).toContain(problem);
    expect(existsSync(join(root, 'engine-data'))).toBe(false);
  });

  it('--help names its options', async () => {
    const { code, out } = await answerOf('--help');
    expect(code).toBe(0);
    for (const word of ['--listen', '--data', '--edge-key-file', '--durability', 'inspect DIR', 'backup DIR TARGET']) {
      expect(out).toContain(word);
    }
  });
});
