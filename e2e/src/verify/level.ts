/**
 * What a gateway can conform to; each level holds the ones before it. `core`: it speaks the protocol and refuses what it
 * must. `ordered`: dedup, order, modes, snapshots and replay. `durable`: resume, gaps that are told, presence.
 */
export const LEVELS = ['core', 'ordered', 'durable'] as const;
export type Level = (typeof LEVELS)[number];
