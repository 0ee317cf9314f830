/** The reference gateway in a process of its own that listens over every transport, for the matrix. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The transports that reach a gateway from another process. */
export const TRANSPORTS = ['ws', 'wss', 'tcp', 'tls', 'ipc'] as const;
export type Transport = (typeof TRANSPORTS)[number];

const root = fileURLToPath(new URL('../../..', import.meta.url));
const gatewayEntry = join(root, 'reference/gateway/src/node/cli.ts');
const policyFile = fileURLToPath(new URL('policy.json', import.meta.url));
/** The pair for tests, which nobody else may trust. */
const certificates = join(root, 'reference/transport/test/support/certificates');

export interface GatewayUnderTest {
  readonly addresses: Readonly<Record<Transport, string>>;
  /** What a client has to trust, in PEM. */
  readonly ca: string;
  end(): Promise<void>;
}

/** Starts the gateway with these bounds and resolves when it listens everywhere. */
export async function startGatewayUnderTest(limits: Readonly<Record<string, number>>): Promise<GatewayUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'micro-socket-verify-'));
  const listen: Readonly<Record<Transport, string>> = {
    ws: 'ws://127.0.0.1:0',
    wss: 'wss://127.0.0.1:0',
    tcp: 'tcp://127.0.0.1:0',
    tls: 'tls://127.0.0.1:0',
    ipc: `ipc://${join(folder, 'gateway.sock')}`,
  };
  const words = [
    ...TRANSPORTS.flatMap((transport) => ['--listen', listen[transport]]),
    ...['--tls-cert', join(certificates, 'certificate.pem'), '--tls-key', join(certificates, 'key.pem')],
    ...['--policy', policyFile],
    ...Object.entries(limits).flatMap(([name, value]) => ['--limit', `${name}=${value}`]),
  ];
  const child = spawn(process.execPath, ['--import', 'tsx', gatewayEntry, ...words], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // It must not outlive this process, however that ends.
  const kill = () => void child.kill('SIGKILL');
  process.on('exit', kill);
  const printed = await listening(child);
  return {
    addresses: Object.fromEntries(TRANSPORTS.map((transport, index) => [transport, printed[index]])) as Record<
      Transport,
      string
    >,
    ca: readFileSync(join(certificates, 'certificate.pem'), 'utf8'),
    async end() {
      const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : [];
      child.kill('SIGTERM');
      await exited;
      process.off('exit', kill);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves with the addresses that were printed, in the order in which they were asked for. */
function listening(child: ChildProcess): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const errors: string[] = [];
    const addresses: string[] = [];
    child.stderr?.on('data', (bytes: Buffer) => errors.push(bytes.toString()));
    child.once('exit', (code) => reject(new Error(`The gateway ended with ${code}: ${errors.join('')}`)));
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const address = /^listening on (\S+)$/.exec(line)?.[1];
      if (address !== undefined) addresses.push(address);
      if (addresses.length === TRANSPORTS.length) resolve(addresses);
    });
  });
}
