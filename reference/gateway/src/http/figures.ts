/** What each figure of a gateway means: the words of `/metrics` and of the OpenAPI document. */

import type { Stats } from '../core/stats.ts';

export type FigureName = Exclude<keyof Stats, 'latency'>;

export interface Figure {
  /** A counter only rises; a gauge is what is held now. */
  readonly type: 'counter' | 'gauge';
  readonly help: string;
}

/** One for each figure of `Stats`: a figure that is missing here does not compile. */
export const FIGURES: Readonly<Record<FigureName, Figure>> = {
  connections: { type: 'gauge', help: 'Connections that are open.' },
  subSockets: { type: 'gauge', help: 'Sub-sockets: topics that have subscribers here.' },
  subscriptions: { type: 'gauge', help: 'Subscriptions of all connections.' },
  presences: { type: 'gauge', help: 'Sessions that are present somewhere, those in their grace included.' },
  published: { type: 'counter', help: 'Publishes that were stored.' },
  duplicates: { type: 'counter', help: 'Publishes that were answered as duplicates.' },
  conflicts: { type: 'counter', help: 'Publishes refused with MESSAGE_ID_CONFLICT.' },
  delivered: { type: 'counter', help: 'Messages given to subscribers, each time that one is.' },
  denied: { type: 'counter', help: 'Requests refused with ACL_DENIED, and tokens that were refused.' },
  expired: { type: 'counter', help: 'Connections ended because their token expired.' },
  revoked: { type: 'counter', help: 'Connections and subscriptions ended because a token or a grant was withdrawn.' },
  badFrames: { type: 'counter', help: 'Frames that could not be understood.' },
  rateLimited: { type: 'counter', help: 'Frames refused with RATE_LIMITED.' },
  lagged: { type: 'counter', help: 'Subscriptions ended because what they needed was no longer kept.' },
  resumed: { type: 'counter', help: 'Sessions that were resumed.' },
  resumesRefused: { type: 'counter', help: 'Resumes refused with SESSION_INVALID.' },
  takenOver: { type: 'counter', help: 'Connections that lost their session to another one.' },
  recoveredFull: { type: 'counter', help: 'Subscriptions that began at an anchored position.' },
  recoveredGap: { type: 'counter', help: 'Subscriptions whose position was not anchored.' },
  snapshots: { type: 'counter', help: 'Snapshots that were begun.' },
  replays: { type: 'counter', help: 'Requests to replay.' },
  replayedMessages: {
    type: 'counter',
    help: 'Messages sent from the history to subscribers that came back or fell behind.',
  },
  late: { type: 'counter', help: 'Times that a topic was announced as late.' },
  stale: { type: 'counter', help: 'Times that a topic was announced as stale, because its source was silent.' },
};

export const FIGURE_NAMES = Object.keys(FIGURES) as FigureName[];
