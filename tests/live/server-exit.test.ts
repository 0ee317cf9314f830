import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, liveModule, pidsFrom } from './harness.ts';
import { endNotedProcesses, untilGone } from './processes.ts';

const FIXTURE = fileURLToPath(new URL('fixtures/dev-server.ts', import.meta.url));

let root: string;
let devServer: ChildProcess;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'micro-socket-live-'));
  await writeFile(join(root, 'index.html'), '<!doctype html><title>test</title>');
});

afterEach(async () => {
  devServer.kill('SIGKILL');
  await endNotedProcesses();
  await rm(root, { recursive: true, force: true });
});

/** Starts a dev server with two programs running, three processes and one, and returns their ids. */
async function startEverything(ending: string): Promise<number[]> {
  devServer = spawn(process.execPath, ['--import', 'tsx', FIXTURE, root, ending], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    devServer.stdout?.once('data', (line: Buffer) => resolve(JSON.parse(line.toString()).port));
    devServer.once('exit', () => reject(new Error('the dev server did not start')));
  });
  const { token } = await liveModule(port);
  const run = await ask({ port, token }, { path: '/__live/run', body: { kind: 'e2e', name: 'patient' } });
  const example = await ask({ port, token }, { path: '/__live/example', body: { name: 'node-gateway' } });
  const pids = [...(await pidsFrom(run, 3)), ...(await pidsFrom(example, 1))];
  // The answers break off when the server ends.
  void run.rest().catch(() => {});
  void example.rest().catch(() => {});
  return pids;
}

const exitOf = (child: ChildProcess) =>
  new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });

describe('when the dev server ends, so does everything that a page started', () => {
  it.each(['SIGINT', 'SIGHUP'] as const)('by %s, which still ends the server itself', async (signal) => {
    const pids = await startEverything('signal');
    const exit = exitOf(devServer);
    devServer.kill(signal);
    await untilGone(pids);
    expect((await exit).signal).toBe(signal);
  });

  it('by SIGTERM, on which Vite closes the server', async () => {
    const pids = await startEverything('signal');
    const exit = exitOf(devServer);
    devServer.kill('SIGTERM');
    await untilGone(pids);
    expect((await exit).code).toBe(143);
  });

  it('by an exit', async () => {
    const pids = await startEverything('exit');
    devServer.stdin?.write('now\n');
    await untilGone(pids);
  });

  it('by an error that nobody handles', async () => {
    const pids = await startEverything('error');
    devServer.stdin?.write('now\n');
    await untilGone(pids);
  });
});
