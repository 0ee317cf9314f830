/** The process that publishes ticks, holds all subscribers, and checks what they get. */

import { BenchError } from '../errors.ts';
import type { LoadSample } from '../load/closed-loop.ts';
import { openPeer, openSubscribers, type Peer } from '../load/peer.ts';
import { answerParent } from '../processes/answers.ts';
import { EveryCheck } from './every-check.ts';
import { topicOf } from './market.ts';
import { NewestCheck } from './newest-check.ts';
import type { ConnectionTopics } from './price-check.ts';
import { type ClosedBounds, type OpenBounds, PriceLoad } from './price-load.ts';

interface OpenOptions {
  readonly address: string;
  readonly silenceMsMax: number;
}

/** What is asked of the server for each subscription, beside its topic. */
export interface Wish {
  readonly mode: 'stream' | 'keyed';
  readonly maxRateHz?: number;
}

interface SubscribeOptions {
  /** By connection: the channels that it subscribes to. */
  readonly topics: readonly ConnectionTopics[];
  readonly versions: readonly number[];
  readonly wish: Wish;
  /** Whether each price must come, or the newest of each instrument. */
  readonly delivers: 'every' | 'newest';
}

/** How long a connection may take to be set up; a fault of the server, never part of a measurement. */
const OPEN_MS_MAX = 60_000;

let opened: { readonly address: string; readonly load: PriceLoad } | undefined;

const tasks = {
  /** Opens the publisher. */
  async open({ address, silenceMsMax }: OpenOptions): Promise<void> {
    const publisher = await openPeer({ address, name: 'the publisher', openMsMax: OPEN_MS_MAX });
    opened = {
      address,
      load: new PriceLoad(publisher, new EveryCheck({ topics: [], versions: [], first: 0 }), silenceMsMax),
    };
  },

  /** Opens all other connections, and subscribes. */
  async subscribe({ topics, versions, wish, delivers }: SubscribeOptions): Promise<void> {
    const { address, load } = requireOpened();
    const options = { addresses: [address], openMsMax: OPEN_MS_MAX };
    const peers = await openSubscribers(topics.length, options);
    await Promise.all(peers.map((peer, place) => subscribed(peer, topics[place] as ConnectionTopics, wish)));
    const check =
      delivers === 'every'
        ? new EveryCheck({ topics, versions, first: load.published })
        : new NewestCheck({ topics, versions });
    load.listenTo(peers, check);
  },

  runClosed(bounds: ClosedBounds): Promise<LoadSample> {
    return requireOpened().load.runClosed(bounds);
  },

  runOpen(bounds: OpenBounds): Promise<void> {
    return requireOpened().load.runOpen(bounds);
  },

  settle(): Promise<LoadSample> {
    return requireOpened().load.settle();
  },
};

export type PriceLoadTasks = typeof tasks;

function requireOpened() {
  if (opened === undefined) throw new BenchError('PROCESS_FAILED', 'open comes first');
  return opened;
}

/** Resolves when all subscriptions of a connection are answered. */
function subscribed({ webSocket }: Peer, channels: ConnectionTopics, wish: Wish): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new BenchError('CONNECTION_LOST', `a subscriber could not subscribe: ${why}`));
    const deadline = setTimeout(() => fail(`no answer within ${OPEN_MS_MAX} ms`), OPEN_MS_MAX);
    let missing = channels.length;
    const onClose = (code: number) => fail(`closed with ${code}`);
    const onMessage = (data: unknown) => {
      const { type } = JSON.parse(String(data)) as { type: string };
      if (type === 'health' || type === 'head') return;
      if (type !== 'subscribed') fail(`got ${String(data)}`);
      missing -= 1;
      if (missing > 0) return;
      clearTimeout(deadline);
      webSocket.off('message', onMessage);
      webSocket.off('close', onClose);
      resolve();
    };
    webSocket.on('close', onClose);
    webSocket.on('message', onMessage);
    channels.forEach((channel, place) => {
      webSocket.send(JSON.stringify({ type: 'subscribe', id: place + 1, topic: topicOf(channel), ...wish }));
    });
  });
}

answerParent(tasks);
