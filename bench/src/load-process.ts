/** The process that holds the publisher and all subscribers, and checks what they get. */

import { BenchError } from './errors.ts';
import { ClosedLoop, type LoadOptions, type LoadSample, type RunBounds } from './load/closed-loop.ts';
import { openPeer, openSubscribers } from './load/peer.ts';
import { TOPIC } from './load/turn.ts';
import { answerParent } from './processes/answers.ts';

interface ConnectOptions extends LoadOptions {
  /** The subscribers are spread over them evenly; the publisher is at the first. */
  readonly addresses: readonly string[];
  readonly subscribers: number;
}

/** How long a connection may take to be set up; a fault of the server, never part of a measurement. */
const OPEN_MS_MAX = 60_000;

let loop: ClosedLoop | undefined;

const tasks = {
  /** Opens all connections and subscribes. */
  async connect({ addresses, subscribers, ...options }: ConnectOptions): Promise<void> {
    const opened = await openSubscribers(subscribers, { addresses, topic: TOPIC, openMsMax: OPEN_MS_MAX });
    const [address = ''] = addresses;
    const publisher = await openPeer({ address, name: 'the publisher', openMsMax: OPEN_MS_MAX });
    loop = new ClosedLoop(publisher, opened, options);
  },

  /** Publishes until a bound is reached; every run goes on where the one before ended. */
  run(bounds: RunBounds): Promise<LoadSample> {
    if (loop === undefined) throw new BenchError('PROCESS_FAILED', 'connect comes before run');
    return loop.run(bounds);
  },
};

export type LoadTasks = typeof tasks;

answerParent(tasks);
