/** How the deliveries figures were got, in sentences that stand beside them. */

import { pinningText } from '../processes/pinning.ts';
import type { Site } from '../processes/site.ts';

/** Names the translations of the text. */
export const METHOD_KEY = 'deliveries';

export function methodText(repetitions: number, { pinning }: Site): string {
  return [
    'One publisher at the first gateway sends to N subscribers of one topic, who are spread evenly over the gateways of a program: one gateway with its memory, one or two with a memory engine behind them, one or two with NATS behind them.',
    'All connections of clients are real WebSockets without compression; gateways, engine, NATS server and load generator are separate processes of the same machine, and gateways are started by their command line, with bounds that are wide enough for a load generator.',
    pinningText(pinning),
    'The loop is closed: the publisher writes the messages of a turn in one go,',
    'and the next turn starts when every subscriber of every gateway has all of them and every publish has been acknowledged.',
    'Every delivered message is compared with what was published; loss, disorder or a changed byte ends the run without figures.',
    'Where processes share cores, deliveries per second say little about gateways, so the CPU time of each process is measured:',
    'deliveries per CPU second of the busiest process is the rate at which that process would be busy all the time, and so what the program could deliver with a core for each process and a load generator that keeps up;',
    'its ratio to the program with one gateway less tells what the second gateway adds.',
    'The CPU time per delivery is that of all processes of the program.',
    'Each cell starts fresh processes, warms them up, and measures the programs in turn,',
    `${repetitions} times each; the table shows the median, the least and the greatest value, and ratios are formed measurement by measurement.`,
    'A figure is marked as noise when the ranges of the two programs overlap.',
  ].join(' ');
}
