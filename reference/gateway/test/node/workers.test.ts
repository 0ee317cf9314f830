import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@micro-socket/client/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { examplePolicy, GatewayProcess } from '../support/gateway-process.ts';

const started: GatewayProcess[] = [];
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ms-'));
});

afterEach(() => {
  for (const gateway of started.splice(0)) gateway.signalAll('SIGKILL');
  rmSync(folder, { recursive: true });
});

function start(...words: string[]): GatewayProcess {
  const gateway = GatewayProcess.start('--listen', 'ws://127.0.0.1:0', '--policy', examplePolicy, ...words);
  started.push(gateway);
  return gateway;
}

/** The process that a new connection reaches: each answers for itself. */
async function nameAt(address: string): Promise<string> {
  const response = await fetch(`${address.replace('ws:', 'http:').replace('/ws', '')}/health`, {
    headers: { Connection: 'close' },
  });
  return ((await response.json()) as { gateway: string }).gateway;
}

async function untilNames(address: string, wanted: readonly string[]): Promise<void> {
  const seen = new Set<string>();
  while (!wanted.every((name) => seen.has(name))) seen.add(await nameAt(address).catch(() => ''));
}

/** Clients, each connected to another process. */
async function clientsAt(address: string, count: number) {
  const byGateway = new Map<string, Awaited<ReturnType<typeof connect>>>();
  while (byGateway.size < count) {
    const client = await connect(address, { token: 'pricer-token' });
    if (byGateway.has(client.ready.gateway)) await client.close();
    else byGateway.set(client.ready.gateway, client);
  }
  return [...byGateway.values()];
}

describe('npm run gateway -- --workers N', () => {
  it('shares one port over processes that have one history, and ends all of them with SIGTERM', async () => {
    const gateway = start('--workers', '2', '--name', 'north');
    const address = await gateway.address();
    await untilNames(address, ['north-1', 'north-2']);
    const [one, two] = await clientsAt(address, 2);
    if (one === undefined || two === undefined) throw new Error('Two clients were asked for.');
    const heard: unknown[] = [];
    await two.subscribe('prices.eurusd', { onMessage: ({ data }) => heard.push(data) });
    const { position } = await one.publish('prices.eurusd', 1, { messageId: 'm1' });
    expect(await two.publish('prices.eurusd', 1, { messageId: 'm1' })).toEqual({ status: 'duplicate', position });
    await two.publish('prices.eurusd', 2);
    await expect.poll(() => heard).toEqual([1, 2]);
    await Promise.all([one.close(), two.close()]);
    gateway.child.kill('SIGTERM');
    expect(await gateway.exit()).toEqual([0, null]);
    await gateway.ended();
    expect(gateway.lines).toHaveLength(1);
    expect(gateway.stderr).toBe('');
  });

  it('starts a process again that was killed; its clients go on elsewhere, with their session (I6)', async () => {
    const gateway = start('--workers', '2', '--name', 'north', '--backbone', `disk:${folder}`);
    const address = await gateway.address();
    const [client] = await clientsAt(address, 1);
    if (client === undefined) throw new Error('A client was asked for.');
    const { sessionId, gateway: name } = client.ready;
    const heard: unknown[] = [];
    const gaps: unknown[] = [];
    await client.subscribe('prices.eurusd', {
      onMessage: ({ data }) => heard.push(data),
      onLoss: (gap) => gaps.push(gap),
    });
    await client.publish('prices.eurusd', 1);
    const pids = await childrenOf(gateway.child.pid as number);
    for (const [pid, of] of await named(pids, address)) if (of === name) process.kill(pid, 'SIGKILL');
    await client.publish('prices.eurusd', 2);
    await expect.poll(() => heard).toEqual([1, 2]);
    expect(client.ready.sessionId).toBe(sessionId);
    expect(gaps).toEqual([]);
    await gateway.until(({ stderr }) => stderr.includes('another one takes its place'));
    await untilNames(address, ['north-3']);
    await client.close();
  });

  it('keeps a disk backbone over a restart of all of it', async () => {
    const first = start('--workers', '2', '--backbone', `disk:${folder}`);
    const [client] = await clientsAt(await first.address(), 1);
    const { position } = (await client?.publish('prices.eurusd', 1)) ?? {};
    await client?.close();
    first.signalAll('SIGKILL');
    await first.ended();
    const second = start('--workers', '2', '--backbone', `disk:${folder}`);
    const [again] = await clientsAt(await second.address(), 1);
    const page = await again?.read('prices.eurusd', { last: 1 });
    expect(page?.messages).toMatchObject([position]);
    await again?.close();
  });

  it('refuses what cannot be shared', async () => {
    const gateway = start('--workers', '2', '--listen', 'ipc:shared.sock');
    expect(await gateway.exit()).toEqual([1, null]);
    expect(gateway.stderr).toContain('An ipc: address belongs to one process, so --workers cannot share it.');
  });

  it('says why it cannot start, once, and leaves no process behind', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const gateway = start('--workers', '2', '--listen', `ws://127.0.0.1:${port}`);
    expect(await gateway.exit()).toEqual([1, null]);
    await gateway.ended();
    taken.close();
    expect(gateway.stderr).toContain(`127.0.0.1:${port}`);
  });
});

/** The processes that a process has started. */
async function childrenOf(pid: number): Promise<number[]> {
  const { readFile, readdir } = await import('node:fs/promises');
  const children: number[] = [];
  for (const entry of await readdir('/proc')) {
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    const [, parent] = /^\d+ \(.*\) \S (\d+)/s.exec(stat) ?? [];
    if (Number(parent) === pid) children.push(Number(entry));
  }
  return children;
}

/** Which process has which name: workers are numbered in the order of their processes. */
async function named(pids: readonly number[], _address: string): Promise<[number, string][]> {
  return pids.toSorted((a, b) => a - b).map((pid, at) => [pid, `north-${at + 1}`]);
}
