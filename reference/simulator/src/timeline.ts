/**
 * What led to a violation, one event a line and one column a node:
 *
 *               client-2
 *               │ engine
 *      3401 ms  ● ·  client-2 publishes client-2-m7 to orders.new (call 7)
 *      3418 ms  · ●  engine stores client-2-m7 of client-2 as orders.new e1/7
 *      3502 ms  ✗ ·  ✗ I2: a program gets no message twice. …
 *
 * Of a history it keeps what can have to do with it: faults and phases, and of everything else what names the topic of
 * the violation, or one of its nodes. It is bounded, and says what it left out.
 */

import { eventText, nodeOf, nodesOf } from './event-text.ts';
import type { HistoryEvent } from './history.ts';
import type { Violation } from './violation.ts';

export interface TimelineOptions {
  readonly events: readonly HistoryEvent[];
  readonly violation: Violation;
  /** The place of the event that showed it. Default: the last event that is not later than the violation. */
  readonly foundAt?: number | undefined;
  /** Events before the violation. */
  readonly linesMax?: number;
}

export const LINES_MAX = 60;

/** Events after the violation, to see how it went on. */
const LINES_AFTER = 4;

interface Line {
  readonly at: number;
  readonly node: string | undefined;
  readonly nodes: readonly string[];
  readonly text: string;
  readonly isViolation: boolean;
}

export function timelineText({ events, violation, foundAt, linesMax = LINES_MAX }: TimelineOptions): string {
  const beganAt = events[0]?.at ?? 0;
  const end = (foundAt ?? lastIndexUpTo(events, violation.at)) + 1;
  const matters = relevanceOf(violation);
  const before = events.slice(0, end).filter(matters);
  const after = events.slice(end).filter(matters).slice(0, LINES_AFTER);
  const shown = before.slice(-linesMax);
  const lines = [...shown.map(lineOf), violationLine(violation), ...after.map(lineOf)];
  const nodes = [...new Set(lines.flatMap((line) => line.nodes))].sort(byKind);
  const left = before.length - shown.length;
  return [
    ...(left === 0 ? [] : [`${left} earlier events that may matter are left out`]),
    ...headOf(nodes),
    ...lines.map((line) => textOf(line, nodes, beganAt)),
  ].join('\n');
}

function lastIndexUpTo(events: readonly HistoryEvent[], at: number): number {
  return events.findLastIndex((event) => event.at <= at);
}

/** Says of an event whether it may have to do with the violation. */
function relevanceOf({ nodes, topic }: Violation): (event: HistoryEvent) => boolean {
  // A violation names the gateway of a client, too, and what that gateway does for others is another matter.
  const clients = nodes.filter((node) => isClient(node));
  const isConcerned = (event: HistoryEvent) => {
    const client = clientOf(event);
    if (client !== undefined && clients.length > 0) return clients.includes(client);
    return nodes.length === 0 || nodesOf(event).some((node) => nodes.includes(node));
  };
  return (event) => {
    if (event.kind === 'fault' || event.kind === 'phase' || event.kind === 'lost') return true;
    if (event.kind === 'run') return false;
    if ('topic' in event && topic !== undefined && event.topic !== topic) return false;
    // The engine's log is everybody's matter.
    if (event.kind === 'stored') return topic !== undefined;
    const isWire = event.kind === 'sent' || event.kind === 'received';
    return isConcerned(event) && (!isWire || topic !== undefined);
  };
}

function isClient(node: string): boolean {
  return node.startsWith('client') || node.startsWith('intruder');
}

function clientOf(event: HistoryEvent): string | undefined {
  return 'client' in event ? event.client : undefined;
}

function lineOf(event: HistoryEvent): Line {
  const node = nodeOf(event);
  const nodes = event.kind === 'fault' ? event.nodes : node === undefined ? [] : [node];
  return { at: event.at, node, nodes, text: eventText(event), isViolation: false };
}

function violationLine({ invariant, rule, detail, at, nodes }: Violation): Line {
  return { at, node: undefined, nodes, text: `${invariant}: ${rule}. ${detail}`, isViolation: true };
}

/** Clients, then gateways, then the engine; each by number. */
function byKind(one: string, other: string): number {
  return kindOf(one) - kindOf(other) || numberOf(one) - numberOf(other);
}

function kindOf(node: string): number {
  const place = ['client', 'intruder', 'gateway'].findIndex((kind) => node.startsWith(kind));
  return place < 0 ? 3 : place;
}

function numberOf(node: string): number {
  return Number(/\d+$/.exec(node)?.[0] ?? 0);
}

const MOMENT_WIDTH = 10;
const GAP = '  ';

/** The name of each node above its column, as steps that go down to the right. */
function headOf(nodes: readonly string[]): readonly string[] {
  return nodes.map((node, index) => `${' '.repeat(MOMENT_WIDTH)}${GAP}${'│ '.repeat(index)}${node}`);
}

function textOf({ at, node, nodes: touched, text, isViolation }: Line, nodes: readonly string[], beganAt: number) {
  const mark = isViolation ? '✗' : '●';
  const columns = nodes.map((name) => (touched.includes(name) ? mark : '·')).join(' ');
  const moment = (at - beganAt).toFixed(0).padStart(MOMENT_WIDTH - 3);
  const what = isViolation ? `✗ ${text}` : node === undefined ? text : `${node} ${text}`;
  return `${moment} ms${GAP}${columns}${GAP}${what}`;
}
