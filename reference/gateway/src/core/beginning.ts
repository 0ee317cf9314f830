/**
 * Decides where a subscription begins and what that means: the anchored resume of §4.2 (I6).
 *
 * Everything that the decision needs is asked of the backbone while the sub-socket is already listening, so whatever is
 * published in the meantime is in its ring: history and live join without a hole. The backbone may answer with a
 * position of another epoch than the sub-socket's, if it has begun another history that this gateway has not heard of
 * yet; then the two do not join, and the caller begins again.
 */

import type { Backbone, Entry, TopicSnapshot } from '@micro-socket/backbone';
import { type Position, ProtocolError, type SubscribedFrame } from '@micro-socket/protocol';
import type { SubscriptionPlan } from './subscription-plan.ts';

export interface Start {
  /** The subscription has everything up to here. */
  readonly position: Position;
  readonly recovered: SubscribedFrame['recovered'];
  /** The state that is sent first; complete up to `position`. */
  readonly snapshot?: readonly Entry[];
  /** What the sub-socket was still to hear of the messages up to `position`; given where checksums are wanted. */
  readonly ahead?: readonly Entry[];
}

/** What the decision is made of. */
export interface Question {
  readonly backbone: Backbone;
  readonly plan: SubscriptionPlan;
  /** Where the topic stood when the subscription was asked for, or later. */
  readonly head: Position;
  /** In milliseconds since 1970. */
  readonly nowMs: number;
}

/** Where the subscription begins. Rejects with POSITION_GONE. */
export async function startOf(question: Question): Promise<Start> {
  const { backbone, plan, head } = question;
  const { beginning, topic } = plan;
  switch (beginning.at) {
    case 'live':
      return { position: head, recovered: 'none' };
    case 'snapshot':
      return snapshotStart(question);
    case 'last':
      return { position: (await backbone.tail(topic, beginning.count)).before, recovered: 'none' };
    case 'position':
      return resumeStart(question, beginning.position);
  }
}

/**
 * The backbone may answer with a position that its own feed has not brought here yet. The sum of a checksum is the one
 * at that position, so what lies between is read. `head` is where the sub-socket stands now.
 */
export async function withAhead(start: Start, { backbone, plan, head }: Omit<Question, 'nowMs'>): Promise<Start> {
  const limit = start.position.seqNo - head.seqNo;
  if (!plan.checksum || limit <= 0) return start;
  return { ...start, ahead: await backbone.read(plan.topic, { afterSeqNo: head.seqNo, limit }) };
}

// #region resume
async function resumeStart(question: Question, from: Position): Promise<Start> {
  const { backbone, plan, head } = question;
  const { topic, mode, onGap } = plan;
  if (await backbone.anchor(topic, from)) {
    const isAtHead = from.epoch === head.epoch && from.seqNo === head.seqNo;
    if (mode === 'stream' || isAtHead) return { position: from, recovered: 'full' };
    if (mode !== 'volatile') return snapshotStart(question);
  }
  if (onGap === 'snapshot') return snapshotStart(question);
  if (onGap === 'live') return { position: head, recovered: 'gap' };
  const message = `The message at seqNo ${from.seqNo} of ${topic} is not in the history any more, or never was.`;
  throw new ProtocolError('POSITION_GONE', message, { topic });
}
// #endregion resume

async function snapshotStart({ backbone, plan, nowMs }: Question): Promise<Start> {
  const { head, entries } = await stateOf(backbone, plan, nowMs);
  return { position: head, recovered: 'snapshot', snapshot: entries };
}

/**
 * The state of a topic as a mode has it. For `latest` that is the newest message, whatever it is: where it removes a
 * key, an older one would not be the newest. `nowMs` is in milliseconds since 1970.
 */
export async function stateOf(backbone: Backbone, plan: SubscriptionPlan, nowMs: number): Promise<TopicSnapshot> {
  if (plan.mode !== 'latest') return backbone.snapshot(plan.topic);
  const { head, entries } = await backbone.tail(plan.topic, 1);
  return { head, entries: entries.filter(({ time, ttlMs }) => ttlMs === undefined || nowMs < time + ttlMs) };
}
