/** The process that holds the publisher and all subscribers, and checks what they get. */

import { DIALECTS, type DialectName } from './dialects/dialects.ts';
import { BenchError } from './errors.ts';
import { ClosedLoop, type LoadSample, type RunBounds } from './load/closed-loop.ts';
import { openPeer, openSubscribers } from './load/peer.ts';
import { TOPIC } from './load/turn.ts';
import { answerParent } from './processes/answers.ts';

interface ConnectOptions {
  readonly dialect: DialectName;
  /** The subscribers are spread over them evenly; the publisher is at the first. */
  readonly addresses: readonly string[];
  readonly subscribers: number;
  readonly silenceMsMax: number;
}

/** How long a connection may take to be set up; a fault of the server, never part of a measurement. */
const OPEN_MS_MAX = 60_000;

let loop: ClosedLoop | undefined;

const tasks = {
  /** Opens all connections and subscribes. */
  async connect({ dialect: name, addresses, subscribers, silenceMsMax }: ConnectOptions): Promise<void> {
    const dialect = DIALECTS[name];
    const opened = new ClosedLoop({ dialect, subscribers, silenceMsMax });
    const [address = ''] = addresses;
    opened.setPublisher(await openPeer({ address, name: 'the publisher', dialect, openMsMax: OPEN_MS_MAX }));
    await openSubscribers(subscribers, {
      addresses,
      topic: TOPIC,
      dialect,
      openMsMax: OPEN_MS_MAX,
      onOpen: (peer, place) => opened.addSubscriber(peer, place),
    });
    loop = opened;
  },

  /** Publishes until a bound is reached; every run goes on where the one before ended. */
  run(bounds: RunBounds): Promise<LoadSample> {
    if (loop === undefined) throw new BenchError('PROCESS_FAILED', 'connect comes before run');
    return loop.run(bounds);
  },
};

export type LoadTasks = typeof tasks;

answerParent(tasks);
