/** The sentences of the log: what happened, for those who read it in place of the picture. */

import type { SimText } from '../../locales/sim.en.ts';
import { fill } from '../live/live-text.ts';
import { faultName, invariantName, ruleText } from './sim-text.ts';
import type { LogEvent } from './sim-view.ts';

type EventOf<Kind extends LogEvent['kind']> = Extract<LogEvent, { kind: Kind }>;

/** The sentence of an event in the language of `text`. */
export function logText(event: LogEvent, text: SimText): string {
  const { log } = text;
  switch (event.kind) {
    case 'fault':
      return faultSentence(event, text);
    case 'node':
      return fill(event.state === 'up' ? log.nodeUp : log.nodeDown, { node: event.node });
    case 'connection':
      return fill(event.state === 'open' ? log.opened : log.closed, { client: event.client, gateway: event.gateway });
    case 'phase':
      return log.phases[event.phase];
    case 'lost':
      return fill(log.lost, { topic: event.topic, seqNo: event.keptSeqNo });
    case 'told':
      return toldSentence(event, text);
    case 'integrity':
      return fill(log.integrity, { client: event.client, topic: event.topic, code: event.code });
    case 'resume-tried':
      return fill(event.accepted ? log.intruderAccepted : log.intruderRefused, { client: event.client });
    case 'publish-failed':
      return fill(log.publishFailed, { client: event.client, topic: event.topic, code: event.code });
    case 'granted':
    case 'revoked': {
      const { principal, action, topic } = event;
      return fill(event.kind === 'granted' ? log.granted : log.revoked, {
        principal,
        topic,
        action: log.actions[action],
      });
    }
    case 'subscribed':
      return recoveredSentence(event, text);
    case 'ended':
      return fill(log.ended, { client: event.client, topic: event.topic, code: event.code ?? '' });
    case 'delivered':
      return fill(log.delivered, { client: event.client, topic: event.topic, seqNo: event.seqNo });
    case 'published':
      return publishedSentence(event, text);
    case 'sent':
      return sentSentence(event, text);
    case 'identified':
      return fill(log.identified, { client: event.client, gateway: event.gateway, principal: event.principal });
    case 'violation':
      return violationSentence(event, text);
    default:
      return event.kind;
  }
}

function faultSentence({ name, nodes, state }: EventOf<'fault'>, text: SimText): string {
  const sentence = state === 'ends' ? text.log.faultEnds : text.log.faultBegins;
  return fill(sentence, { fault: faultName(name, text), nodes: nodes.join(', ') });
}

function toldSentence({ client, topic, gap }: EventOf<'told'>, { log }: SimText): string {
  return fill(gap.epochChanged ? log.toldEpoch : log.told, { client, topic, seqNo: gap.afterSeqNo });
}

function recoveredSentence(
  { client, topic, recovered, position, asked }: EventOf<'subscribed'>,
  { log }: SimText,
): string {
  if (recovered === 'none') return '';
  // What nothing is missing after is what the client asked to go on from.
  const { seqNo } = recovered === 'full' ? (asked ?? position) : position;
  return fill(log.recovered[recovered], { client, topic, seqNo });
}

function publishedSentence({ client, topic, position, status }: EventOf<'published'>, { log }: SimText): string {
  return fill(status === 'ok' ? log.published : log.duplicate, { client, topic, seqNo: position.seqNo });
}

function sentSentence({ client, topic, type, seqNo = 0, state }: EventOf<'sent'>, { log }: SimText): string {
  if (type === 'health') return fill(state === 'ok' ? log.well : log.late, { client, topic });
  return fill(log.dropped, { client, topic, seqNo });
}

function violationSentence({ violation }: EventOf<'violation'>, text: SimText): string {
  const { invariant, rule } = violation;
  return fill(text.log.violation, { invariant: invariantName(invariant, text), rule: ruleText(rule, text) });
}
