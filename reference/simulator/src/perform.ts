/** Breaks things in a world, and mends them: one function for each kind of fault. */

import type { EngineNode } from './engine/engine-node.ts';
import { ENGINE } from './plan/names.ts';
import type { FaultName, PlannedFault } from './settings.ts';
import type { VirtualTime } from './time/virtual-time.ts';
import type { World } from './world.ts';

/** Mends what a fault has broken; absent where it only happened. */
export type Mend = () => void;

/** What came of a fault: it did not apply, it happened, or it lasts until it is mended. */
export type Outcome = 'idle' | 'happened' | Mend;

type Perform = (fault: PlannedFault, world: World, time: VirtualTime) => Outcome;

const PERFORM: Readonly<Record<FaultName, Perform>> = {
  cut: (fault, world) => withConnection(fault, world, (connection) => connection.cut()),
  'half-open': (fault, world) =>
    withConnection(fault, world, (connection) => {
      connection.die();
      world.sawConnection(connection, 'half-open');
    }),
  twin: (fault, world) => withConnection(fault, world, (connection) => connection.cutFor('client')),
  partition: ({ nodes }, { paths }) => {
    const [one = '', other = ''] = nodes;
    paths.close(one, other);
    paths.close(other, one);
    return () => {
      paths.open(one, other);
      paths.open(other, one);
    };
  },
  'one-way': ({ nodes }, { paths }) => {
    const [from = '', to = ''] = nodes;
    paths.close(from, to);
    return () => paths.open(from, to);
  },
  'gateway-kill': ({ nodes }, world) => {
    const gateway = world.gateways.get(nodes[0] as string);
    if (gateway?.isUp !== true) return 'idle';
    gateway.kill();
    world.sawNode(gateway.name, 'down');
    return () => {
      gateway.restart();
      world.sawNode(gateway.name, 'up');
    };
  },
  'deaf-gateway': ({ nodes }, world) => {
    const gateway = world.gateways.get(nodes[0] as string);
    if (gateway?.isUp !== true) return 'idle';
    return gateway.deafen();
  },
  'engine-restart': (_, world) => restartEngine(world, (engine) => engine.start(0, 'same')),
  'engine-wiped': (_, world) => restartEngine(world, (engine) => engine.start('all', 'new')),
  'engine-lost-tail': ({ count = 1 }, world) => restartEngine(world, (engine) => engine.start(count, 'new')),
  'engine-reused-seqnos': ({ count = 1 }, world) => restartEngine(world, (engine) => engine.start(count, 'same')),
  'slow-reader': ({ nodes }, world) => {
    const client = world.clients.get(nodes[0] as string);
    client?.pauseReading();
    return () => client?.resumeReading();
  },
  'revoke-read': ({ nodes, topic = '', count }, world) => {
    const client = nodes[0] as string;
    // Whoever comes back finds that it may not read any more.
    if (count === 1) connectionOf(client, world)?.cut();
    return revoke(client, 'subscribe', topic, world);
  },
  'revoke-publish': ({ nodes, topic = '' }, world) => revoke(nodes[0] as string, 'publish', topic, world),
  'expire-token': ({ nodes }, world) => {
    const client = world.clients.get(nodes[0] as string);
    client?.freezeToken(true);
    return () => client?.freezeToken(false);
  },
  burst: ({ nodes, topic = '', count = 1 }, world) => {
    const work = world.work.get(nodes[0] as string);
    if (work === undefined) return 'idle';
    work.burst(topic, count);
    return 'happened';
  },
  'client-restart': ({ nodes }, world) => {
    const client = world.clients.get(nodes[0] as string);
    if (client?.isUp !== true) return 'idle';
    client.kill();
    world.sawNode(client.name, 'down');
    return () => {
      client.start();
      world.sawNode(client.name, 'up');
    };
  },
  intruder: ({ nodes, count }, world) => {
    const [name = '', victim = ''] = nodes;
    return world.intrude(name, victim, count === 1) ? 'happened' : 'idle';
  },
};

export function perform(fault: PlannedFault, world: World, time: VirtualTime): Outcome {
  return PERFORM[fault.name](fault, world, time);
}

function withConnection(
  { nodes }: PlannedFault,
  world: World,
  act: (connection: NonNullable<ReturnType<typeof connectionOf>>) => void,
): Outcome {
  const connection = connectionOf(nodes[0] as string, world);
  if (connection === undefined || connection.isOver) return 'idle';
  act(connection);
  return 'happened';
}

function connectionOf(client: string, world: World) {
  return world.clients.get(client)?.connection;
}

function restartEngine(world: World, start: (engine: EngineNode) => void): Outcome {
  const { engine } = world;
  if (!engine.isUp) return 'idle';
  engine.stop();
  world.sawNode(ENGINE, 'down');
  return () => {
    start(engine);
    world.sawNode(ENGINE, 'up');
  };
}

function revoke(principal: string, action: 'subscribe' | 'publish', topic: string, world: World): Outcome {
  if (!world.policy.isGranted(principal, action, topic)) return 'idle';
  world.revoke(principal, action, topic);
  return () => world.grant(principal, action, topic);
}
