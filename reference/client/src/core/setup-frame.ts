/** The `setup` frame of a client (§4.1), with as much of its session as one frame may hold. */

import {
  PROTOCOL_VERSION,
  RESUME_TOPICS_MAX,
  type ResumeFrame,
  type SetupFrame,
  type SubscriptionRequest,
} from '@micro-socket/protocol';

/** What a session is continued with. */
export type SessionKey = Pick<ResumeFrame, 'sessionId' | 'resumeKey'>;

export interface SetupContent {
  readonly token: string | undefined;
  readonly client: { readonly name: string; readonly version: string } | undefined;
  readonly session: SessionKey | undefined;
  readonly subscriptions: readonly SubscriptionRequest[];
}

/**
 * The frame, with a `resume` when there is a session. `fits` says whether a frame may be sent; subscriptions that find
 * no room are left out, and must be asked for one by one afterwards.
 */
export function setupFrame(content: SetupContent, fits: (frame: SetupFrame) => boolean): SetupFrame {
  const { session } = content;
  const bare = withoutResume(content);
  if (session === undefined) return bare;
  for (let count = Math.min(content.subscriptions.length, RESUME_TOPICS_MAX); ; count = Math.floor(count / 2)) {
    const subscriptions = content.subscriptions.slice(0, count);
    const frame: SetupFrame = { ...bare, resume: { ...session, subscriptions } };
    if (count === 0 || fits(frame)) return frame;
  }
}

function withoutResume({ token, client }: SetupContent): SetupFrame {
  return {
    type: 'setup',
    protocol: PROTOCOL_VERSION,
    ...(token === undefined ? {} : { token }),
    ...(client === undefined ? {} : { client }),
  };
}
