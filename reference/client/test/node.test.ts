/** `connect` on Node, over real sockets to a real gateway. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAddress } from '@micro-socket/transport';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { Gateways } from '../../gateway/test/support/serving.ts';
import { identity, trust } from '../../transport/test/support/identity.ts';
import type { Client, Message } from '../src/index.ts';
import { connect } from '../src/node/index.ts';
import { CuttingProxy } from './support/cutting-proxy.ts';

const gateways = new Gateways();
const folder = mkdtempSync(join(tmpdir(), 'ms-'));
const clients: Client[] = [];
const proxies: CuttingProxy[] = [];

async function client(...given: Parameters<typeof connect>): Promise<Client> {
  const made = await connect(...given);
  clients.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(clients.splice(0).map((one) => one.close()));
  await Promise.all(proxies.splice(0).map((one) => one.close()));
  await gateways.closeAll();
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Resolves when the client is in a state; at once when it is already. */
function inState(one: Client, state: Client['state']): Promise<void> {
  if (one.state === state) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = one.onState((status) => {
      if (status.state !== state) return;
      stop();
      resolve();
    });
  });
}

async function take(subscription: AsyncIterable<Message>, count: number): Promise<unknown[]> {
  const taken: unknown[] = [];
  for await (const { data } of subscription) if (taken.push(data) === count) break;
  return taken;
}

describe('connect', () => {
  it.each([
    'ws://127.0.0.1:0',
    'wss://127.0.0.1:0',
    'tcp://127.0.0.1:0',
    'tls://127.0.0.1:0',
    `ipc://${join(folder, 's')}`,
  ])('publishes and subscribes over %s, in both encodings', async (asked) => {
    const gateway = await gateways.start({ addresses: [parseAddress(asked)], tls: identity });
    for (const encoding of ['json', 'msgpack'] as const) {
      const one = await client(gateway.address, { encoding, tls: trust });
      const subscription = await one.subscribe(encoding);
      const taking = take(subscription, 2);
      await Promise.all([one.publish(encoding, 'ş😀'), one.publish(encoding, { n: [1.5, null] })]);
      expect(await taking).toEqual(['ş😀', { n: [1.5, null] }]);
    }
  });

  it('rejects where nobody listens, and for an address that is none', async () => {
    const { address } = await gateways.start();
    await gateways.closeAll();
    await expect(connect(address)).rejects.toMatchObject({ code: 'DIAL_FAILED' });
    await expect(connect('smtp://localhost')).rejects.toMatchObject({ code: 'ADDRESS_INVALID' });
    await expect(connect(address, { publishQueueMax: 0 })).rejects.toThrow(RangeError);
  });

  it.each(['ws', 'tcp'] as const)('goes on after the cable of a %s connection was pulled (I2, I6)', async (scheme) => {
    const gateway = await gateways.start({ addresses: [parseAddress(`${scheme}://127.0.0.1:0`)] });
    const proxy = await CuttingProxy.to(parsedPort(gateway.address));
    proxies.push(proxy);
    const reader = await client(`${scheme}://127.0.0.1:${proxy.port}`, { reconnect: { baseMs: 10, capMs: 50 } });
    const writer = await client(gateway.address);
    await writer.publish('a', 0);
    const subscription = await reader.subscribe('a');
    const taking = take(subscription, 9);
    for (let n = 1; n <= 9; n++) {
      await writer.publish('a', n);
      if (n % 3 !== 0) continue;
      await inState(reader, 'ready');
      proxy.cut();
      await inState(reader, 'reconnecting');
    }
    expect(await taking).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await inState(reader, 'ready');
    expect(reader.stats()).toMatchObject({ reconnects: 3, resumed: 3, gaps: 0 });
    const publishing = reader.publish('a', 'mine');
    proxy.cut();
    expect(['ok', 'duplicate']).toContain((await publishing).status);
  });
});

function parsedPort(address: string): number {
  return Number(new URL(address.replace(/^\w+/, 'http')).port);
}
