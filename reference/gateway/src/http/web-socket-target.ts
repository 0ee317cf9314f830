/** Where a WebSocket may be opened: at the gateway's path, or at `/sub/:topic` below it (§11). */

import { topicOf } from './router.ts';

/** What a path asks for, or why there is no WebSocket at it. */
export type WebSocketTarget = { readonly topic?: string } | { readonly problem: string };

/** `base` is the path of the gateway, such as `/ws`; `path` comes as it was sent, percent-encoded. */
export function webSocketTarget(base: string, path: string): WebSocketTarget {
  if (path === base) return {};
  const below = `${base}/sub/`;
  if (!path.startsWith(below)) {
    return { problem: `There is no WebSocket at ${path}; connect to ${base} or ${below}TOPIC.` };
  }
  try {
    return { topic: topicOf(path.slice(below.length)) };
  } catch (error) {
    return { problem: `There is no WebSocket at ${path}. ${(error as Error).message}` };
  }
}
