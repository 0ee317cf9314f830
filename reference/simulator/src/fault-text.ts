/**
 * A fault in one word of a command line, as the addresses of the site write it, too:
 *
 *     partition@12345+3000,client-1,gateway-1
 *     burst@5000,client-2,topic=prices.eurusd,count=40
 *
 * What it is, when, for how long where it lasts, which nodes, and what else there is to say.
 */

import { FAULT_NAMES, type FaultName, type PlannedFault } from './settings.ts';

/** All of a fault but its id, which is its place in a list. */
export type UnnumberedFault = Omit<PlannedFault, 'id'>;

/** A text is not a fault; the message says what is wrong and shows how one is written. */
export class FaultTextError extends Error {
  readonly code = 'FAULT_TEXT';

  constructor(text: string, problem: string) {
    super(`${JSON.stringify(text)} is no fault: ${problem}. One looks like partition@12345+3000,client-1,gateway-1.`);
    this.name = 'FaultTextError';
  }
}

export function faultText({ name, atMs, forMs, nodes, topic, count }: UnnumberedFault): string {
  const options = [
    ...(topic === undefined ? [] : [`topic=${topic}`]),
    ...(count === undefined ? [] : [`count=${count}`]),
  ];
  return [`${name}@${atMs}${forMs === 0 ? '' : `+${forMs}`}`, ...nodes, ...options].join(',');
}

const MOMENT = /^([a-z-]+)@(\d{1,9}(?:\.\d{1,3})?)(?:\+(\d{1,7}))?$/;
const NODE = /^(client-[1-9]\d{0,2}|gateway-[1-9]\d{0,2}|intruder-1|engine)$/;
const TOPIC = /^[A-Za-z0-9_:@~.-]{1,64}$/;

/** How many nodes a fault is about. */
const NODE_COUNTS: Readonly<Partial<Record<FaultName, number>>> = { partition: 2, 'one-way': 2, intruder: 2 };

/** Faults that are about a topic. */
const ABOUT_TOPIC: ReadonlySet<FaultName> = new Set(['revoke-read', 'revoke-publish', 'burst']);

/** Reads what `faultText` has written. Throws `FaultTextError`. */
export function parseFault(text: string): UnnumberedFault {
  const [head = '', ...rest] = text.split(',');
  const [, name = '', at = '', lasts = '0'] = MOMENT.exec(head) ?? [];
  if (name === '') throw new FaultTextError(text, 'it begins with NAME@MS or NAME@MS+MS');
  if (!isFaultName(name)) throw new FaultTextError(text, `${name} is none of ${FAULT_NAMES.join(', ')}`);
  const nodes = rest.filter((part) => !part.includes('='));
  const options = optionsIn(rest, text);
  checkNodes(name, nodes, text);
  if (ABOUT_TOPIC.has(name) && options.topic === undefined) throw new FaultTextError(text, `${name} needs topic=NAME`);
  return { name, atMs: Number(at), forMs: Number(lasts), nodes, ...options };
}

function isFaultName(name: string): name is FaultName {
  return (FAULT_NAMES as readonly string[]).includes(name);
}

function checkNodes(name: FaultName, nodes: readonly string[], text: string): void {
  const wrong = nodes.find((node) => !NODE.test(node));
  if (wrong !== undefined) {
    throw new FaultTextError(
      text,
      `nodes are client-N, gateway-N, engine and intruder-1, not ${JSON.stringify(wrong)}`,
    );
  }
  const wanted = NODE_COUNTS[name] ?? 1;
  if (nodes.length === wanted) return;
  throw new FaultTextError(text, `${name} is about ${wanted === 1 ? 'one node' : 'two nodes'}, not ${nodes.length}`);
}

function optionsIn(parts: readonly string[], text: string): Pick<PlannedFault, 'topic' | 'count'> {
  const options: { topic?: string; count?: number } = {};
  for (const part of parts.filter((one) => one.includes('='))) {
    const [key, value = ''] = part.split('=', 2);
    if (key === 'topic' && TOPIC.test(value)) options.topic = value;
    else if (key === 'count' && /^\d{1,4}$/.test(value)) options.count = Number(value);
    else throw new FaultTextError(text, `${part} is neither topic=NAME nor count=N`);
  }
  return options;
}
