/** Everything that a benchmark sets or measures has one name, here; the pages have its words in three languages. */

/** How a figure stands in a table for a terminal. */
export interface FigureInfo {
  readonly head: string;
  /** Decimals that are kept. */
  readonly digits: number;
  /** False for what explains the others and is no merit of its own. */
  readonly isCompared: boolean;
}

export const FIGURES = {
  cpuMicrosPerDelivery: { head: 'server µs/delivery', digits: 3, isCompared: true },
  deliveriesPerSecond: { head: 'deliveries/s', digits: 0, isCompared: true },
  deliveriesPerCpuSecond: { head: 'deliveries/CPU s of the busiest', digits: 0, isCompared: true },
  publishesPerSecond: { head: 'publishes/s', digits: 0, isCompared: true },
  p50Micros: { head: 'p50 µs', digits: 1, isCompared: true },
  p99Micros: { head: 'p99 µs', digits: 1, isCompared: true },
  cpuMicrosPerPublish: { head: 'server µs/publish', digits: 2, isCompared: true },
  cpuMicrosPerTick: { head: 'server µs/tick', digits: 2, isCompared: true },
  cpuMicrosPerChannelTick: { head: 'server µs/(tick × channel)', digits: 3, isCompared: true },
  deliveredShare: { head: 'delivered', digits: 3, isCompared: false },
  startMs: { head: 'start ms', digits: 1, isCompared: true },
  channelBytes: { head: 'bytes/channel', digits: 0, isCompared: true },
  heldBytes: { head: 'held MB', digits: 0, isCompared: true },
  subscriberBytes: { head: 'bytes/subscriber', digits: 0, isCompared: true },
  rssBytes: { head: 'RSS MB', digits: 0, isCompared: true },
  serverCpuShare: { head: 'server CPU', digits: 3, isCompared: false },
  loadCpuShare: { head: 'load CPU', digits: 3, isCompared: false },
} as const satisfies Record<string, FigureInfo>;

export type FigureName = keyof typeof FIGURES;

/** The parts of a workload, and their heads in a table. */
export const WORKLOAD_PARTS = {
  subscribers: 'subscribers',
  messagesPerTurn: 'messages/turn',
  payloadBytes: 'payload B',
  inFlight: 'in flight',
  topics: 'topics',
  storedMessages: 'stored messages',
  channels: 'channels',
  subscribersPerChannel: 'subscribers/channel',
  topicsPerConnection: 'topics/connection',
  slowReaders: 'slow readers',
  ticksPerSecond: 'ticks/s',
} as const;

export type WorkloadPart = keyof typeof WORKLOAD_PARTS;

export type Workload = Readonly<Partial<Record<WorkloadPart, number>>>;
