import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningGateway } from '@micro-socket/gateway/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verify } from '../src/verify/run.ts';
import { startProxy } from './broken/proxy.ts';
import { failuresIn } from './support/failures.ts';
import { INTACT_LIMITS, settingsFor, startGateway } from './support/verified-gateway.ts';

const folder = mkdtempSync(join(tmpdir(), 'micro-socket-verify-'));

const LISTEN = [
  ['ws', 'ws://127.0.0.1:0'],
  ['wss', 'wss://127.0.0.1:0'],
  ['tcp', 'tcp://127.0.0.1:0'],
  ['tls', 'tls://127.0.0.1:0'],
  ['ipc', `ipc://${join(folder, 'gateway.sock')}`],
  ['inproc', 'inproc://verified'],
] as const;

/** What cannot be shown over a transport, and why. */
const NOT_OVER_WEB_SOCKETS = /not that of a byte stream/;
const NOT_OVER_STREAMS = /not that of a WebSocket/;
const NOT_IN_PROCESS = /not that of a (WebSocket|byte stream)/;

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({ limits: INTACT_LIMITS, addresses: LISTEN.map(([, address]) => address) });
});
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('an intact gateway', { concurrent: true }, () => {
  it.each(LISTEN.map(([scheme], index) => [scheme, index] as const))(
    'conforms at level durable over %s, in both encodings',
    async (scheme, index) => {
      const report = await verify(settingsFor(gateway.addresses[index] as string, 'intact'));
      expect(failuresIn(report.checks)).toEqual([]);
      expect(report.conforms).toBe('durable');
      const why = scheme.startsWith('ws')
        ? NOT_OVER_WEB_SOCKETS
        : scheme === 'inproc'
          ? NOT_IN_PROCESS
          : NOT_OVER_STREAMS;
      const unexplained = report.checks.filter(({ status, reason = '' }) => status === 'skipped' && !why.test(reason));
      expect(unexplained).toEqual([]);
    },
  );

  it('conforms behind the proxy that breaks other gateways', async () => {
    const proxy = await startProxy(gateway.address);
    const report = await verify(settingsFor(proxy.address, 'intact'));
    await proxy.close();
    expect(failuresIn(report.checks)).toEqual([]);
    expect(report.conforms).toBe('durable');
  });
});
