/** The process that publishes: to a gateway, to a bare store, or, for LMDB, into the store that it holds itself. */

import { randomUUID } from 'node:crypto';
import { BenchError } from './errors.ts';
import { Messages } from './load/message.ts';
import { type PublishBounds, PublishLoop, type PublishSample } from './load/publish-loop.ts';
import { answerParent } from './processes/answers.ts';
import { ownUsage } from './processes/usage.ts';
import { EchoSink } from './sinks/echo-sink.ts';
import { GatewaySink } from './sinks/gateway-sink.ts';
import { JetStreamSink } from './sinks/jetstream-sink.ts';
import { LmdbSink } from './sinks/lmdb-sink.ts';
import type { Sink } from './sinks/sink.ts';

/** Where messages go. */
export type Target =
  | { readonly kind: 'gateway' | 'echo' | 'jetstream'; readonly address: string }
  | { readonly kind: 'lmdb'; readonly folder: string; readonly waitsForDisk: boolean };

interface OpenOptions {
  readonly target: Target;
  readonly payloadBytes: number;
  readonly topics: number;
  readonly silenceMsMax: number;
}

/** How long a connection may take to be set up; a fault of the server, never part of a measurement. */
const OPEN_MS_MAX = 60_000;

let opened: { readonly sink: Sink; readonly loop: PublishLoop } | undefined;

const tasks = {
  /** Opens the sink, and resolves with the level at which it answers, where it names one. */
  async open({ target, payloadBytes, topics, silenceMsMax }: OpenOptions): Promise<{ durability: string | null }> {
    const messages = new Messages({
      payloadBytes,
      idPrefix: randomUUID().slice(0, 8),
      topics: Array.from({ length: topics }, (_, place) => `bench.publish-${place + 1}`),
    });
    const { sink, durability } = await sinkFor(target, messages, silenceMsMax);
    opened = { sink, loop: new PublishLoop({ sink, silenceMsMax }) };
    return { durability };
  },

  run(bounds: PublishBounds): Promise<PublishSample> {
    return requireOpened().loop.run(bounds);
  },

  /** Fails when what was acknowledged is not there. */
  verify(): Promise<void> {
    return requireOpened().sink.verify();
  },

  /** Goes on with a server that was started anew. */
  async reopen({ address }: { address: string }): Promise<void> {
    const { sink } = requireOpened();
    if (sink instanceof GatewaySink) await sink.open(address);
    else if (sink instanceof JetStreamSink) await sink.reopen(address);
    else throw new BenchError('PROCESS_FAILED', 'there is no server to be started anew');
  },

  usage: ownUsage,
};

export type PublishTasks = typeof tasks;

async function sinkFor(
  target: Target,
  messages: Messages,
  answerMsMax: number,
): Promise<{ sink: Sink; durability: string | null }> {
  switch (target.kind) {
    case 'gateway': {
      const sink = new GatewaySink({ address: target.address, messages, openMsMax: OPEN_MS_MAX });
      return { sink, durability: await sink.open() };
    }
    case 'echo': {
      const sink = await EchoSink.open({ address: target.address, messages, openMsMax: OPEN_MS_MAX });
      return { sink, durability: null };
    }
    case 'jetstream': {
      const sink = await JetStreamSink.open({ address: target.address, messages, answerMsMax });
      return { sink, durability: null };
    }
    case 'lmdb': {
      const { folder, waitsForDisk } = target;
      return { sink: new LmdbSink({ folder, waitsForDisk, messages }), durability: waitsForDisk ? 'disk' : 'written' };
    }
  }
}

function requireOpened(): { readonly sink: Sink; readonly loop: PublishLoop } {
  if (opened === undefined) throw new BenchError('PROCESS_FAILED', 'open comes first');
  return opened;
}

answerParent(tasks);
