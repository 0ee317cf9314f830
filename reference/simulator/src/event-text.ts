/** What happened, in a few words, and to which nodes: for a terminal. */

import type { HistoryEvent, ToldGap } from './history.ts';
import { ENGINE } from './plan/names.ts';

/** The node that an event is told of first; `undefined` for events of no node. */
export function nodeOf(event: HistoryEvent): string | undefined {
  switch (event.kind) {
    case 'run':
    case 'phase':
      return undefined;
    case 'fault':
      return event.nodes[0];
    case 'granted':
    case 'revoked':
      return event.principal;
    case 'stored':
    case 'lost':
      return ENGINE;
    case 'sent':
    case 'received':
      return event.gateway;
    default:
      return event.client;
  }
}

/** All nodes that an event names. */
export function nodesOf(event: HistoryEvent): readonly string[] {
  if (event.kind === 'fault') return event.nodes;
  const node = nodeOf(event);
  const nodes = node === undefined ? [] : [node];
  if (event.kind === 'sent') return [...nodes, event.client];
  return event.kind === 'identified' || event.kind === 'subscribed' ? [...nodes, event.gateway] : nodes;
}

/** One line, without the node and the moment. */
export function eventText(event: HistoryEvent): string {
  switch (event.kind) {
    case 'run':
      return `a run of ${event.source} begins`;
    case 'phase':
      return PHASES[event.phase];
    case 'fault':
      return `fault ${event.id}: ${event.name} ${event.state}${event.nodes.length > 1 ? ` with ${event.nodes[1]}` : ''}`;
    case 'granted':
    case 'revoked':
      return `${event.kind}: ${event.action} ${event.topic}`;
    case 'identified':
      return `identified by ${event.gateway} on ${event.connection}, session ${event.resumed ? 'resumed' : 'new'}`;
    case 'resume-tried':
      return `asks for ${event.isOwner ? 'its' : "somebody's"} session on ${event.connection}: ${event.accepted ? 'accepted' : 'refused'}`;
    case 'publish':
      return `publishes ${event.messageId} to ${event.topic}${ofKey(event.key)} (call ${event.call})`;
    case 'published':
      return `call ${event.call} answered: ${event.messageId} is ${event.status} at ${place(event.position)}`;
    case 'publish-failed':
      return `call ${event.call} failed: ${event.messageId} ${event.code}`;
    case 'stored':
      return `stores ${event.messageId} of ${event.publisher} as ${event.topic} ${place(event)}${ofKey(event.key)}${event.restored ? ', carried over' : ''}`;
    case 'lost':
      return `lost ${event.topic} after ${event.epoch}/${event.keptSeqNo}, ${event.epochChanged ? 'new epoch' : 'and does not know'}`;
    case 'subscribe':
      return `asks for ${event.topic} (${event.mode}, from ${beginning(event.from)}) as ${event.subscription}`;
    case 'subscribed':
      return `subscribed to ${event.topic} by ${event.gateway} on ${event.connection}: ${event.recovered} at ${place(event.position)}${event.asked === undefined ? '' : `, asked for ${place(event.asked)}`}`;
    case 'delivered':
      return `is given ${event.topic} ${place(event)} ${event.messageId}${marks(event)}`;
    case 'told':
      return `is told of a gap in ${event.topic}${gapText(event.gap)}`;
    case 'integrity':
      return `is told ${event.code} of ${event.topic}`;
    case 'ended':
      return `${event.subscription} for ${event.topic} ends${event.code === undefined ? '' : `: ${event.code}`}`;
    case 'sent':
      return `sends ${event.type}${event.state === undefined ? '' : ` ${event.state}`} of ${event.topic}${event.seqNo === undefined ? '' : ` ${event.seqNo}`} to ${event.client} on ${event.connection}`;
    case 'received':
      return `gets ${event.topic} ${place(event)} from the engine`;
  }
}

const PHASES = {
  safety: 'the safety phase begins: faults may happen',
  liveness: 'the liveness phase begins: everything is mended',
  end: 'the run ends',
} as const;

function place({ epoch, seqNo }: { readonly epoch: string; readonly seqNo: number }): string {
  return `${epoch}/${seqNo}`;
}

function beginning(from: 'live' | 'snapshot' | { readonly last: number } | { epoch: string; seqNo: number }): string {
  if (typeof from === 'string') return from;
  return 'last' in from ? `the last ${from.last}` : place(from);
}

function ofKey(key: string | undefined): string {
  return key === undefined ? '' : `, key ${key}`;
}

function marks({ gap, conflated, fromSnapshot }: { gap?: ToldGap; conflated?: true; fromSnapshot?: true }): string {
  return [
    ...(gap === undefined ? [] : [`, told of a gap${gapText(gap)}`]),
    ...(conflated === undefined ? [] : [', conflated']),
    ...(fromSnapshot === undefined ? [] : [', from a snapshot']),
  ].join('');
}

function gapText({ afterSeqNo, beforeSeqNo, epochChanged }: ToldGap): string {
  const before = beforeSeqNo === undefined ? '' : ` and before ${beforeSeqNo}`;
  return ` after ${afterSeqNo}${before}${epochChanged ? ', new epoch' : ''}`;
}
