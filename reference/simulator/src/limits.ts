/** The bounds of every gateway and engine of a world: small, so that a short run reaches them. */

import { limitsWith } from '@micro-socket/protocol';

export const SIM_LIMITS = limitsWith({
  heartbeatMs: 2_000,
  pongTimeoutMs: 1_000,
  setupDeadlineMs: 3_000,
  accessRecheckMs: 300,
  headIntervalMs: 1_000,
  ringLengthMax: 8,
  historyLengthMax: 10,
  dedupWindowMs: 8_000,
  unacknowledgedPublishesMax: 16,
  frameBytesMax: 4_096,
  sendBufferBytesMax: 32_768,
  batchBytesMax: 1_024,
});

/** Shorter than the dedup window, so that what is sent again is recognised. */
export const PUBLISH_TIMEOUT_MS = 6_000;
