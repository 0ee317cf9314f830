/**
 * The processes of a storm and the links between them:
 *
 *     clients ─ client link 1 ─ gateway-1 ─ backbone link 1 ─┐
 *                                                            ├─ engine or NATS server, with its folder
 *     clients ─ client link 2 ─ gateway-2 ─ backbone link 2 ─┘
 *
 * With a folder and no engine there is one gateway, which has the folder itself, and no backbone link. Every process comes
 * back at the port that it had, and with the folder that it had.
 */

import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine } from '../engine-process.ts';
import { FaultProxy } from '../fault-proxy.ts';
import { freePort, giveBack } from '../free-port.ts';
import { GatewayProcess } from '../gateway-process.ts';
import { HANG_MS, HangError } from '../hang.ts';
import { startNats } from '../nats-process.ts';
import type { Program } from '../program.ts';
import { STORM_POLICY } from './cast.ts';
import { BACKBONE_LIMITS, type BackboneKind, GATEWAY_LIMITS } from './settings.ts';

export interface StageOptions {
  readonly kind: BackboneKind;
  /** For folders: the level at which they acknowledge. */
  readonly durability?: 'disk' | 'written' | undefined;
}

/** A gateway and what leads to it. */
export interface GatewayPlace {
  readonly name: string;
  readonly gateway: GatewayProcess;
  /** Between it and its clients. */
  readonly clientLink: FaultProxy;
  /** Between it and the backbone; absent where it holds that itself. */
  readonly backboneLink: FaultProxy | undefined;
}

/** Folders that are in use now: none outlives this process, however it ends. */
const folders = new Set<string>();
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** How long a process that ended while it started is left alone before it is started again, in milliseconds. */
const AGAIN_MS = 250;

export class Stage {
  readonly kind: BackboneKind;
  readonly gateways: readonly GatewayPlace[];
  /** The engine or the NATS server. */
  readonly backbone: Program | undefined;
  readonly #parts: Parts;
  readonly #crashed: Promise<string>;
  readonly #complained = new Set<Program>();
  #restarts = 0;
  #isOver = false;

  private constructor(parts: Parts, { kind }: StageOptions) {
    this.kind = kind;
    this.gateways = parts.gateways;
    this.backbone = parts.backbone;
    this.#parts = parts;
    this.#crashed = new Promise((resolve) => {
      for (const program of this.programs) program.onCrash(resolve);
    });
  }

  /** Starts all of it. Rejects when one of the processes cannot be started, and then none is left. */
  static async start(options: StageOptions): Promise<Stage> {
    const parts: Parts = { gateways: [], backbone: undefined, links: [], folder: folderFor(), ports: [] };
    try {
      await build(parts, options);
      return new Stage(parts, options);
    } catch (error) {
      await takeDown(parts);
      throw error;
    }
  }

  /** How often a process had to be started once more, because it had ended while it started. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Where clients find a gateway, by its place from 0; one that is not there stands for the last one. */
  addressOf(gateway: number): string {
    const { clientLink } = this.gateways[Math.min(gateway, this.gateways.length - 1)] as GatewayPlace;
    return `ws://127.0.0.1:${clientLink.port}/ws`;
  }

  /** Every process of it. */
  get programs(): readonly Program[] {
    const gateways = this.gateways.map(({ gateway }) => gateway.program);
    return this.backbone === undefined ? gateways : [this.backbone, ...gateways];
  }

  /** Ends what the links still hold of stranded connections; those at their ends have found out by themselves. */
  sweep(): void {
    for (const link of this.#parts.links) link.sweep();
  }

  /**
   * Starts a program that was ended again, and once more where it ends while it starts, as whatever watches over processes
   * does: a gateway gives up by itself when its backbone is away for long.
   */
  async bringBack(program: Program): Promise<void> {
    const deadline = performance.now() + HANG_MS;
    for (;;) {
      // Nobody would end what is started now.
      if (this.#isOver) return;
      try {
        await program.restart();
        return;
      } catch (error) {
        if (program.isRunning) throw error;
        this.#restarts += 1;
        if (performance.now() > deadline) throw new HangError(`${program.name} does not start (${error})`);
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }

  /** Kills every process at once and starts all of them again. */
  async killAll(): Promise<void> {
    await Promise.all(this.programs.map((program) => program.end('SIGKILL')));
    if (this.backbone !== undefined) await this.bringBack(this.backbone);
    await Promise.all(this.gateways.map(({ gateway }) => this.bringBack(gateway.program)));
  }

  /** Resolves when a process has ended by itself, with how; then this stage is of no use any more. */
  get crashed(): Promise<string> {
    return this.#crashed;
  }

  /** What processes have met that they did not expect, each once. */
  complaints(): string[] {
    return this.programs.flatMap((program) => {
      // A gateway prints what it did not expect with the stack; what it tells its operator has none.
      const stack = program.errors.findIndex((line) => /^\s+at /.test(line));
      if (stack < 0 || this.#complained.has(program)) return [];
      this.#complained.add(program);
      const lines = program.errors.slice(Math.max(0, stack - 2), stack + 3);
      return [`${program.name} met an error of its own: ${lines.join(' | ')}`];
    });
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await takeDown(this.#parts);
  }
}

interface Parts {
  readonly gateways: GatewayPlace[];
  backbone: Program | undefined;
  readonly links: FaultProxy[];
  readonly folder: string;
  readonly ports: number[];
}

function folderFor(): string {
  const folder = mkdtempSync(join(tmpdir(), 'micro-socket-storm-'));
  folders.add(folder);
  return folder;
}

async function build(parts: Parts, { kind, durability }: StageOptions): Promise<void> {
  const secret = join(parts.folder, 'session-secret');
  writeFileSync(secret, randomBytes(32));
  const data = join(parts.folder, 'data');
  mkdirSync(data);
  const newPort = async () => {
    const port = await freePort();
    parts.ports.push(port);
    return port;
  };
  const newLink = async (port: number, to: number) => {
    const link = await FaultProxy.start({ port, to });
    parts.links.push(link);
    return link;
  };
  const backbonePort = await newPort();
  if (kind === 'nats') parts.backbone = await startNats({ port: backbonePort, folder: data });
  else if (kind !== 'disk') {
    parts.backbone = await startEngine({
      port: backbonePort,
      folder: kind === 'memory' ? undefined : data,
      limits: BACKBONE_LIMITS,
      ...(kind === 'memory' || durability === undefined ? {} : { durability }),
    });
  }
  const names = kind === 'disk' ? ['gateway-1'] : ['gateway-1', 'gateway-2'];
  // One that cannot be started must not leave another one behind that is still starting.
  const started = await Promise.allSettled(
    names.map(async (name) => {
      const [port, clientPort, linkPort] = [await newPort(), await newPort(), await newPort()];
      const backboneLink = kind === 'disk' ? undefined : await newLink(linkPort, backbonePort);
      const backbone = backboneLink === undefined ? `disk:${data}` : addressBehind(kind, backboneLink.port);
      const gateway = await GatewayProcess.start({
        name,
        policy: STORM_POLICY,
        // The bounds of what is stored are those of whoever stores it, and a gateway may be that.
        limits: { ...GATEWAY_LIMITS, ...BACKBONE_LIMITS },
        listen: `ws://127.0.0.1:${port}`,
        backbone,
        sessionSecretFile: secret,
        words: [
          '--name-publishers',
          ...(kind === 'disk' && durability !== undefined ? ['--durability', durability] : []),
        ],
      });
      const clientLink = await newLink(clientPort, port);
      parts.gateways.push({ name, gateway, clientLink, backboneLink });
    }),
  );
  for (const outcome of started) if (outcome.status === 'rejected') throw outcome.reason;
  parts.gateways.sort((one, other) => one.name.localeCompare(other.name));
}

function addressBehind(kind: BackboneKind, port: number): string {
  return kind === 'nats' ? `nats://127.0.0.1:${port}/STORM` : `tcp://127.0.0.1:${port}`;
}

async function takeDown({ gateways, backbone, links, folder, ports }: Parts): Promise<void> {
  await Promise.all(gateways.map(({ gateway }) => gateway.end('SIGKILL')));
  await backbone?.end('SIGKILL');
  await Promise.all(links.map((link) => link.close()));
  for (const port of ports) giveBack(port);
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}
