/** What a storm is made of. */

/**
 * `memory`: two gateways behind an engine that keeps everything in memory. `disk`: one gateway with a folder. `engine`: two
 * gateways behind an engine with a folder. `nats`: two gateways behind a NATS server.
 */
export const BACKBONE_KINDS = ['memory', 'disk', 'engine', 'nats'] as const;
export type BackboneKind = (typeof BACKBONE_KINDS)[number];

/** The one that acknowledges what does not outlive its process. */
export function isForgetful(kind: BackboneKind): boolean {
  return kind === 'memory';
}

/** Of the gateways. Heartbeats are short, because a dead link is found by them and a round waits for that. */
export const GATEWAY_LIMITS: Readonly<Record<string, number>> = { heartbeatMs: 2_000, pongTimeoutMs: 4_000 };

/**
 * Of whoever has the backbone: everything of a round can be read at its end, and no id is forgotten while a publish may
 * still be sent again, however long a machine takes for that.
 */
export const BACKBONE_LIMITS: Readonly<Record<string, number>> = { historyLengthMax: 8_192, dedupWindowMs: 1_800_000 };

/** For how long a publish is sent again. Less than the dedup window (I2). */
export const PUBLISH_TIMEOUT_MS = 900_000;

/** What the names of a round's topics end with. */
export const TOPICS = ['a', 'b', 'c'] as const;
