/**
 * What a topic's subscribers are to be told of it with `health` (§5.8), out of its two causes: how long messages take to
 * get here, and whether the source of the topic speaks at all.
 *
 * Silence goes before lateness. While the source is silent, what the latency does is remembered and not told; when the
 * source is heard again, the latency is told as it is by then.
 *
 * What this is not: it measures nothing and has no clock. Who finds a source silent is the backbone.
 */

import type { SourceHealth } from '@micro-socket/backbone';
import type { HealthFrame } from '@micro-socket/protocol';
import type { LatencyTransition } from './latency.ts';

export class TopicHealth {
  #latency: LatencyTransition = { state: 'ok', lagMs: 0 };
  /** In milliseconds since 1970; absent while the source is heard. */
  #silentSince: number | undefined;

  /** How the topic is at this moment. `nowMs` is in milliseconds since 1970. */
  at(nowMs: number): Pick<HealthFrame, 'state' | 'lagMs'> {
    if (this.#silentSince === undefined) return this.#latency;
    // A clock that was set back would make the silence begin in the future.
    return { state: 'stale', lagMs: Math.max(0, nowMs - this.#silentSince) };
  }

  /** The latency has changed. Returns whether that is to be told. */
  latencyIs(latency: LatencyTransition): boolean {
    this.#latency = latency;
    return this.#silentSince === undefined;
  }

  /** Something was said of the source. Returns whether that is to be told: not when it is as before. */
  sourceIs(source: SourceHealth): boolean {
    const wasSilent = this.#silentSince !== undefined;
    this.#silentSince = source.state === 'stale' ? source.silentSince : undefined;
    return wasSilent !== (source.state === 'stale');
  }
}
