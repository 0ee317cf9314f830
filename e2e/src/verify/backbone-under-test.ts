/** The reference gateway with another backbone than its own memory, for the matrix. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEngine } from '../engine-process.ts';
import { freePort } from '../free-port.ts';
import { GatewayProcess } from '../gateway-process.ts';
import { startNats } from '../nats-process.ts';
import type { Program } from '../program.ts';

/** Backbones beside `memory`, which every transport is verified with. */
export const BACKBONES = ['disk', 'engine', 'nats'] as const;
export type BackboneName = (typeof BACKBONES)[number];

const policyFile = fileURLToPath(new URL('policy.json', import.meta.url));

export interface BackboneUnderTest {
  /** Of the gateway, over WebSocket. */
  readonly address: string;
  end(): Promise<void>;
}

/** Starts a gateway with this backbone, and what stands behind it. Rejects where a program for that is missing. */
export async function startBackboneUnderTest(
  name: BackboneName,
  limits: Readonly<Record<string, number>>,
): Promise<BackboneUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'micro-socket-verify-'));
  const forget = () => rmSync(folder, { recursive: true, force: true });
  let store: Program | undefined;
  try {
    const port = await freePort();
    store = await storeOf(name, port, folder);
    const policy = JSON.parse(readFileSync(policyFile, 'utf8')) as object;
    const backbone = { disk: `disk:${folder}`, engine: `tcp://127.0.0.1:${port}`, nats: `nats://127.0.0.1:${port}` }[
      name
    ];
    const gateway = await GatewayProcess.start({ policy, limits, backbone });
    return {
      address: gateway.address,
      async end() {
        await gateway.end('SIGTERM');
        await store?.end('SIGTERM');
        forget();
      },
    };
  } catch (error) {
    await store?.end('SIGKILL');
    forget();
    throw error;
  }
}

async function storeOf(name: BackboneName, port: number, folder: string): Promise<Program | undefined> {
  if (name === 'engine') return startEngine({ port, folder });
  return name === 'nats' ? startNats({ port, folder }) : undefined;
}
