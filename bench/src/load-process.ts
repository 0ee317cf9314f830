/** The process that holds the publisher and all subscribers, and checks what they get. */

import { BenchError } from './errors.ts';
import { ClosedLoop, type LoadOptions, type LoadSample, type RunBounds } from './load/closed-loop.ts';
import { openPeer, openSubscribers } from './load/peer.ts';
import { TOPIC } from './load/turn.ts';
import { answerParent } from './processes/answers.ts';

interface ConnectOptions extends LoadOptions {
  readonly address: string;
  readonly subscribers: number;
}

/** How long a connection may take to be set up; a fault of the server, never part of a measurement. */
const OPEN_MS_MAX = 60_000;

let loop: ClosedLoop | undefined;

const tasks = {
  /** Opens all connections and subscribes. */
  async connect({ address, subscribers, ...options }: ConnectOptions): Promise<void> {
    const peer = { address, openMsMax: OPEN_MS_MAX };
    const opened = await openSubscribers(subscribers, { ...peer, topic: TOPIC });
    loop = new ClosedLoop(await openPeer({ ...peer, name: 'the publisher' }), opened, options);
  },

  /** Publishes until a bound is reached; every run goes on where the one before ended. */
  run(bounds: RunBounds): Promise<LoadSample> {
    if (loop === undefined) throw new BenchError('PROCESS_FAILED', 'connect comes before run');
    return loop.run(bounds);
  },
};

export type LoadTasks = typeof tasks;

answerParent(tasks);
