import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect } from '@micro-socket/client/node';
import { afterEach, describe, expect, it } from 'vitest';
import { examplePolicy, GatewayProcess } from './support/gateway-process.ts';

const started: GatewayProcess[] = [];
const listen = ['--listen', 'ws://127.0.0.1:0', '--policy', examplePolicy];

function start(...words: string[]): GatewayProcess {
  const gateway = GatewayProcess.start(...words);
  started.push(gateway);
  return gateway;
}

afterEach(() => {
  for (const gateway of started.splice(0)) gateway.signalAll('SIGKILL');
});

describe('npm run gateway', () => {
  it('prints one line with its address, serves there, and SIGTERM says goodbye and ends it with 0 (§9.4)', async () => {
    const gateway = start(...listen, '--name', 'north');
    const client = await connect(await gateway.address());
    expect(client.ready.gateway).toBe('north');
    gateway.child.kill('SIGTERM');
    expect(await client.closed).toMatchObject({ code: 4200, goodbye: { code: 4200 } });
    expect(await gateway.exit()).toEqual([0, null]);
    expect(gateway.lines).toHaveLength(1);
    expect(gateway.stderr).toBe('');
  });

  it('Ctrl+C ends it as SIGTERM does, and a second one does not break the goodbye', async () => {
    const gateway = start(...listen);
    const client = await connect(await gateway.address());
    gateway.child.kill('SIGINT');
    gateway.child.kill('SIGINT');
    expect((await client.closed).code).toBe(4200);
    expect(await gateway.exit()).toEqual([0, null]);
  });

  it('without a policy serves nobody, and says so on stderr', async () => {
    const gateway = start('--listen', 'ws://127.0.0.1:0');
    const address = await gateway.address();
    await expect(connect(address)).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
    expect(gateway.stderr).toContain('--policy');
  });

  it.each([
    [['--listen', 'nonsense'], 'nonsense'],
    [['--limit', 'nope=1'], 'There is no limit named nope.'],
    [['--policy', 'package.json'], 'The access policy cannot be used'],
  ])('%j ends with 1 and one sentence on stderr, without a stack', async (words, sentence) => {
    const gateway = start(...words);
    expect((await gateway.exit())[0]).toBe(1);
    expect(gateway.stderr).toContain(sentence);
    expect(gateway.stderr.trim().split('\n')).toHaveLength(1);
  });

  it('a port that is taken ends it with 1 and the reason', async () => {
    const first = start(...listen);
    const { port } = new URL(await first.address());
    const second = start('--listen', `ws://127.0.0.1:${port}`);
    expect((await second.exit())[0]).toBe(1);
    expect(second.stderr).toContain(`ws://127.0.0.1:${port}`);
    expect(second.stderr.trim().split('\n')).toHaveLength(1);
  });

  it('is not ended by what a client sends that was turned away (connectionsMax, §8)', async () => {
    const gateway = start(...listen, '--limit', 'connectionsMax=1');
    const address = await gateway.address();
    const client = await connect(address);
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
    await client.close();
    gateway.child.kill('SIGTERM');
    expect(await gateway.exit()).toEqual([0, null]);
  });
});

describe('npm run -s gateway', () => {
  it.each([
    ['npm gets SIGTERM', (npm: GatewayProcess) => npm.child.kill('SIGTERM')],
    ['Ctrl+C reaches all processes of the terminal', (npm: GatewayProcess) => npm.signalAll('SIGINT')],
  ])('ends with the npm that started it, after a goodbye: %s', async (_title, end) => {
    const npm = GatewayProcess.startByNpm(...listen);
    started.push(npm);
    const client = await connect(await npm.address());
    end(npm);
    expect(await client.closed).toMatchObject({ code: 4200, goodbye: { code: 4200 } });
    await npm.exit();
    await npm.ended();
  });
});
