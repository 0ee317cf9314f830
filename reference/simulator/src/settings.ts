/** What a world is made of and how hard it is treated: all that a run depends on, together with its planned faults. */

/** Faults that happen at a moment, or for a while, to named nodes. */
export const FAULT_NAMES = [
  /** A client's connection ends; both ends are told and what was under way is lost. */
  'cut',
  /** A client's connection goes dead, and neither end is told. */
  'half-open',
  /** A client's end is told that the connection has ended, and the gateway's is not: two live connections of a session. */
  'twin',
  /** Nothing passes between two nodes for a while. */
  'partition',
  /** Nothing passes from one node to another for a while; the way back works. */
  'one-way',
  /** A gateway's process ends without a word, and another one takes its place after a while. */
  'gateway-kill',
  /** A gateway hears nothing of what the engine stores for a while, against the backbone's promise. */
  'deaf-gateway',
  /** The engine is away for a while and comes back with everything. */
  'engine-restart',
  /** The engine comes back with nothing. */
  'engine-wiped',
  /** The engine comes back without its last messages, and says so by a new epoch. */
  'engine-lost-tail',
  /** The engine comes back without its last messages, does not notice, and gives their seqNos to others. */
  'engine-reused-seqnos',
  /** A client reads nothing for a while. */
  'slow-reader',
  /** A principal may not read a topic for a while; with a `count` of 1 its connection is cut as well. */
  'revoke-read',
  /** A principal may not publish to a topic for a while. */
  'revoke-publish',
  /** A client's token expires. */
  'expire-token',
  /** Many messages at once, more than the history keeps. */
  'burst',
  /** A client's program ends and starts anew, with the positions that it knew. */
  'client-restart',
  /** Somebody asks to resume the session of somebody else. */
  'intruder',
] as const;

export type FaultName = (typeof FAULT_NAMES)[number];

export const PROFILE_NAMES = ['calm', 'rough', 'hostile'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

/** How the network between two nodes behaves, faults aside. */
export interface NetworkSettings {
  /** The shortest way from one node to another, in milliseconds. */
  readonly delayMs: number;
  /** What it may take longer, in milliseconds. */
  readonly jitterMs: number;
  /** Between a gateway and the engine, of 1,000 packets: how many are lost … */
  readonly lostPerMille: number;
  /** … how many come twice … */
  readonly doubledPerMille: number;
  /** … and how many are overtaken by later ones. Clients' connections keep their order, as TCP does. */
  readonly reorderedPerMille: number;
}

export interface Settings {
  readonly seed: number;
  readonly profile: ProfileName;
  readonly gateways: number;
  readonly publishers: number;
  readonly subscribers: number;
  readonly topics: number;
  /** The mean time between two publishes of one publisher. */
  readonly publishEveryMs: number;
  /** How long faults may happen. */
  readonly safetyMs: number;
  /** How long everything then has to come right. */
  readonly livenessMs: number;
  readonly network: NetworkSettings;
  /** The greatest difference between a node's clock and the true time. */
  readonly clockSkewMs: number;
  /** How often each fault happens in a minute, on average. */
  readonly faultsPerMinute: Readonly<Record<FaultName, number>>;
  /** A rule that is broken on purpose. */
  readonly mutant?: string | undefined;
}

/** A fault at its time. Which nodes it concerns is part of the plan, so that leaving one out changes no other. */
export interface PlannedFault {
  readonly id: number;
  readonly name: FaultName;
  /** Milliseconds after the beginning of the run. */
  readonly atMs: number;
  /** For how long, where the fault lasts. */
  readonly forMs: number;
  /** The nodes, by name: `client-2`, `gateway-1`, `engine`. For `one-way` from the first to the second. */
  readonly nodes: readonly string[];
  /** For faults about a topic. */
  readonly topic?: string;
  /** For faults that lose a tail: how many messages. For `burst`: how many are published. */
  readonly count?: number;
}
