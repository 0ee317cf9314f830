import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identity } from '../../transport/test/support/identity.ts';
import { examplePolicy, GatewayProcess } from './support/gateway-process.ts';
import { WireClient } from './support/wire-client.ts';

const started: GatewayProcess[] = [];
const listen = ['--listen', 'ws://127.0.0.1:0', '--policy', examplePolicy];

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ms-'));
});

function start(...words: string[]): GatewayProcess {
  const gateway = GatewayProcess.start(...words);
  started.push(gateway);
  return gateway;
}

afterEach(() => {
  for (const gateway of started.splice(0)) gateway.signalAll('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** A file in the test's folder, by its whole path. */
function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('npm run gateway', () => {
  it('prints one line with its address, serves there, and SIGTERM says goodbye and ends it with 0 (§9.4)', async () => {
    const gateway = start(...listen, '--name', 'north');
    const client = await WireClient.dial(await gateway.address());
    client.send({ type: 'setup', protocol: 1 });
    expect((await client.next('ready')).gateway).toBe('north');
    gateway.child.kill('SIGTERM');
    expect(await client.next('goodbye')).toMatchObject({ code: 4200 });
    expect(await client.closed).toMatchObject({ code: 4200 });
    expect(await gateway.exit()).toEqual([0, null]);
    expect(gateway.lines).toHaveLength(1);
    expect(gateway.stderr).toBe('');
  });

  it('Ctrl+C ends it as SIGTERM does, and a second one does not break the goodbye', async () => {
    const gateway = start(...listen);
    const client = await WireClient.ready(await gateway.address());
    gateway.child.kill('SIGINT');
    gateway.child.kill('SIGINT');
    expect((await client.closed).code).toBe(4200);
    expect(await gateway.exit()).toEqual([0, null]);
  });

  it('listens on everything that its configuration and its command line name, one line each', async () => {
    file('cert.pem', identity.cert);
    file('key.pem', identity.key);
    const config = file(
      'gateway.json',
      JSON.stringify({ listen: 'ws://127.0.0.1:1', tlsCert: 'cert.pem', tlsKey: 'key.pem', demo: true }),
    );
    const urls = [
      'ws://127.0.0.1:0',
      'wss://127.0.0.1:0',
      'tcp://127.0.0.1:0',
      'tls://127.0.0.1:0',
      `ipc://${join(folder, 's')}`,
    ];
    const gateway = start('--config', config, '--policy', examplePolicy, ...urls.flatMap((url) => ['--listen', url]));
    const addresses = await gateway.addresses(urls.length);
    const [reader] = await Promise.all(addresses.map((address) => WireClient.ready(address, { topics: ['demo.a'] })));
    const { origin } = new URL((addresses[0] ?? '').replace(/^ws/, 'http'));
    const response = await fetch(`${origin}/demo/topics/demo.a/messages`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"payload":1}',
    });
    expect(response.status).toBe(201);
    expect((await reader?.next('message'))?.data).toBe(1);
    gateway.child.kill('SIGTERM');
    expect(await gateway.exit()).toEqual([0, null]);
    expect(gateway.lines).toHaveLength(urls.length);
  });

  it('without a policy serves nobody, and says so on stderr', async () => {
    const gateway = start('--listen', 'ws://127.0.0.1:0');
    const client = await WireClient.dial(await gateway.address());
    client.send({ type: 'setup', protocol: 1 });
    expect(await client.next('error')).toMatchObject({ code: 'AUTH_REQUIRED' });
    await gateway.until(({ stderr }) => stderr.includes('--policy'));
  });

  it.each([
    [['--listen', 'nonsense'], 'nonsense'],
    [['--tls-cert', 'package.json', '--tls-key', 'package.json', '--listen', 'wss://127.0.0.1:0'], 'certificate'],
    [['--config', 'package.json'], 'The configuration package.json cannot be used'],
  ])('%j ends with 1 and one sentence on stderr, without a stack', async (words, sentence) => {
    const gateway = start(...words);
    expect((await gateway.exit())[0]).toBe(1);
    expect(gateway.stderr).toContain(sentence);
    expect(gateway.stderr.trim().split('\n')).toHaveLength(1);
    expect(gateway.lines).toEqual([]);
  });

  it('a port that is taken ends it with 1 and the reason', async () => {
    const first = start(...listen);
    const { port } = new URL(await first.address());
    const second = start('--listen', 'tcp://127.0.0.1:0', '--listen', `ws://127.0.0.1:${port}`);
    expect((await second.exit())[0]).toBe(1);
    expect(second.stderr).toContain(`ws://127.0.0.1:${port}`);
    expect(second.stderr.trim().split('\n')).toHaveLength(1);
  });

  it('is not ended by what a client sends that was turned away (connectionsMax, §8)', async () => {
    const gateway = start(...listen, '--limit', 'connectionsMax=1');
    const address = await gateway.address();
    await WireClient.ready(address);
    const rude = connectTcp(Number(new URL(address).port), '127.0.0.1');
    rude.on('error', () => {});
    rude.write(
      'GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: microsocket.v1.json\r\n\r\n',
    );
    await once(rude, 'data');
    // A frame of a client must be masked; this one is not, and ws reports that as an error of the connection.
    rude.write(Buffer.of(0x81, 0x01, 0x61));
    await once(rude, 'close');
    const { status } = await fetch(address.replace(/^ws/, 'http').replace(/ws$/, 'health'));
    expect(status).toBe(200);
    gateway.child.kill('SIGTERM');
    expect(await gateway.exit()).toEqual([0, null]);
  });
});

describe('a policy file that changes', () => {
  const user = (name: string, pattern = '>') => ({
    name,
    token: `${name}-token`,
    allow: [{ pattern, actions: ['subscribe', 'publish'] }],
  });
  const policyOf = (...users: readonly object[]) => JSON.stringify({ users });

  it('is read again: who is not in it any more is closed with 4007, who lost a grant loses the subscription, and others stay (I1, §9.8)', async () => {
    const path = file('policy.json', policyOf(user('ann'), user('bob'), user('cid')));
    const gateway = start('--listen', 'ws://127.0.0.1:0', '--policy', path);
    const address = await gateway.address();
    const [ann, bob, cid] = await Promise.all(
      ['ann', 'bob', 'cid'].map((name) => WireClient.ready(address, { token: `${name}-token`, topics: ['prices.a'] })),
    );
    writeFileSync(path, policyOf(user('bob', 'chat.>'), user('cid')));
    expect(await ann?.closed).toMatchObject({ code: 4007 });
    expect(await bob?.next('unsubscribed')).toMatchObject({ topic: 'prices.a', reason: 'denied' });
    await cid?.publish('prices.a', 1);
    expect((await cid?.next('message'))?.data).toBe(1);
    expect(gateway.lines.at(-1)).toBe(`read ${path} again`);
  });

  it('that is broken is told on stderr, and the policy before it stays, until it is repaired', async () => {
    const path = file('policy.json', policyOf(user('ann')));
    const gateway = start('--listen', 'ws://127.0.0.1:0', '--policy', path);
    const ann = await WireClient.ready(await gateway.address(), { token: 'ann-token', topics: ['a'] });
    writeFileSync(path, '{"users":[');
    await gateway.until(({ stderr }) => stderr.includes(`${path} cannot be read as JSON`));
    writeFileSync(path, '{"users":[{"name":"ann"}]}');
    await gateway.until(({ stderr }) => stderr.includes('users.0'));
    rmSync(path);
    await gateway.until(({ stderr }) => stderr.includes('ENOENT'));
    expect(
      gateway.stderr
        .trim()
        .split('\n')
        .every((line) => line.endsWith('The policy before it stays.')),
    ).toBe(true);
    await ann.publish('a', 1);
    writeFileSync(path, policyOf(user('bob')));
    expect(await ann.closed).toMatchObject({ code: 4007 });
  });

  it('is read again on SIGHUP together with the files that it names', async () => {
    const secret = file('secret', 'x'.repeat(32));
    const path = file('policy.json', JSON.stringify({ jwt: { secretFile: 'secret' }, users: [user('ann')] }));
    const gateway = start('--listen', 'ws://127.0.0.1:0', '--policy', path);
    const ann = await WireClient.ready(await gateway.address(), { token: 'ann-token', topics: ['a'] });
    writeFileSync(secret, 'short');
    gateway.child.kill('SIGHUP');
    await gateway.until(({ stderr }) => stderr.includes('secretFile'));
    writeFileSync(secret, 'y'.repeat(32));
    gateway.child.kill('SIGHUP');
    await gateway.until(({ lines }) => lines.length === 2);
    await ann.publish('a', 1);
  });
});

describe('npm run -s gateway', () => {
  it.each([
    ['npm gets SIGTERM', (npm: GatewayProcess) => npm.child.kill('SIGTERM')],
    ['Ctrl+C reaches all processes of the terminal', (npm: GatewayProcess) => npm.signalAll('SIGINT')],
  ])('ends with the npm that started it, after a goodbye: %s', async (_title, end) => {
    const npm = GatewayProcess.startByNpm(...listen);
    started.push(npm);
    const client = await WireClient.ready(await npm.address());
    end(npm);
    expect(await client.next('goodbye')).toMatchObject({ code: 4200 });
    expect(await client.closed).toMatchObject({ code: 4200 });
    await npm.exit();
    await npm.ended();
  });
});
