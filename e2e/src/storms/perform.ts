/** Does to a stage what is planned, and writes down what was done. */

import type { FaultProxy } from '../fault-proxy.ts';
import type { Program } from '../program.ts';
import type { Chronicle } from './chronicle.ts';
import type { StormProgram } from './client-program.ts';
import { partsOf } from './faults.ts';
import type { PlannedFault } from './plan.ts';
import type { GatewayPlace, Stage } from './stage.ts';

/** What the checkers call whatever is behind the gateways. */
const BACKBONE = 'engine';

export interface Scene {
  readonly stage: Stage;
  readonly clients: readonly StormProgram[];
  readonly chronicle: Chronicle;
}

/**
 * Performs faults, each some time after the one before; what happens to one thing happens one after the other. Resolves
 * when all of them are over and every process runs again.
 */
export async function perform(scene: Scene, faults: readonly PlannedFault[]): Promise<void> {
  const busy = new Map<unknown, Promise<void>>();
  const all: Promise<void>[] = [];
  for (const fault of faults) {
    await waited(fault.afterMs);
    const subject = subjectOf(scene, fault);
    const done = (busy.get(subject) ?? Promise.resolve()).then(() => performOne(scene, fault));
    // Whoever waits for all of them hears what is wrong, later.
    done.catch(() => {});
    busy.set(subject, done);
    all.push(done);
  }
  await Promise.all(all);
}

async function performOne(scene: Scene, fault: PlannedFault): Promise<void> {
  const { chronicle } = scene;
  const { name, forMs } = fault;
  const nodes = nodesOf(scene, fault);
  const id = chronicle.nextFault();
  chronicle.write({ kind: 'fault', name, nodes, state: 'begins', id });
  const undo = await begin(scene, fault);
  await waited(forMs);
  await undo();
  chronicle.write({ kind: 'fault', name, nodes, state: 'ends', id });
}

/** Does it, and gives back what ends it. */
async function begin(scene: Scene, fault: PlannedFault): Promise<() => Promise<void> | void> {
  const subject = subjectOf(scene, fault);
  if (isClient(subject)) {
    subject.moveTo(1 - subject.gateway);
    return () => {};
  }
  const { what } = partsOf(fault.name);
  return 'cut' in subject ? breakLink(subject, what, fault.slowMs) : breakProgram(subject, what, scene.stage);
}

async function breakProgram(program: Program, what: string, stage: Stage): Promise<() => Promise<void> | void> {
  if (what === 'freeze') {
    program.pause();
    return () => program.continue();
  }
  await program.end(what === 'kill' ? 'SIGKILL' : 'SIGTERM');
  return () => stage.bringBack(program);
}

async function breakLink(link: FaultProxy, what: string, slowMs: number): Promise<() => Promise<void>> {
  if (what === 'cut') link.cut();
  else if (what === 'refuse') await link.refuse();
  else if (what === 'stall') link.stall();
  else if (what === 'strand') link.strand();
  else link.delay(slowMs);
  return () => link.heal();
}

/** What is broken. */
function subjectOf(
  { stage, clients }: Scene,
  { name, gateway, client }: PlannedFault,
): Program | FaultProxy | StormProgram {
  const { place } = partsOf(name);
  const of = stage.gateways[gateway] as GatewayPlace;
  const subject = {
    gateway: () => of.gateway.program,
    backbone: () => stage.backbone,
    'client-link': () => of.clientLink,
    'backbone-link': () => of.backboneLink,
    client: () => clients.find((one) => one.name === client),
  }[place]();
  if (subject === undefined) throw new Error(`There is nothing here that ${name} could be done to.`);
  return subject;
}

/** Who feels it. Without an engine whatever happens to the gateway happens to the backbone as well. */
function nodesOf({ stage, clients }: Scene, { name, gateway, client }: PlannedFault): string[] {
  const of = stage.gateways[gateway] as GatewayPlace;
  switch (partsOf(name).place) {
    case 'gateway':
      return of.backboneLink === undefined ? [of.name, BACKBONE] : [of.name];
    case 'backbone':
      return [BACKBONE];
    case 'backbone-link':
      return [of.name, BACKBONE];
    case 'client-link':
      return clients.filter((one) => one.gateway === gateway).map((one) => one.name);
    case 'client':
      return client === undefined ? [] : [client];
  }
}

function isClient(subject: object): subject is StormProgram {
  return 'moveTo' in subject;
}

function waited(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
