/** How the backbones figures were got, in sentences that stand beside them. */

import { pinningText } from '../processes/pinning.ts';
import type { Site } from '../processes/site.ts';

/** Names the translations of the text. */
export const METHOD_KEY = 'backbones';

export function methodText(repetitions: number, { pinning, data }: Site): string {
  return [
    'One connection publishes to a gateway over TCP, in JSON, with the stated number of publishes unanswered at a time;',
    'each answer lets the next one go, so a slow backbone is asked less often (a closed loop).',
    'Gateway, engine, NATS server and publisher are separate processes of the same machine, and gateways are started by their command line, with bounds that are wide enough for a load generator.',
    pinningText(pinning),
    'Every answer is checked: each message is acknowledged once, under its own id, in the order of its topic;',
    'after each measurement the newest messages are read back and compared byte by byte, and a fault ends the run without figures.',
    'Latency runs from the publish to its answer; percentiles are taken from all publishes of a measurement.',
    'Beside each backbone the bare store does the same work in the same run:',
    'tcp-echo sends the same frames back over TCP;',
    'lmdb puts the same frames into one LMDB database, in the process that publishes and so without a network, and awaits each with the same durability (lmdb-written does not wait for the disk);',
    'jetstream publishes the same payloads with headers of the same size to a plain stream in a file.',
    'The CPU time is that of all processes behind the publisher, and for lmdb that of its one process.',
    'Each workload starts fresh processes, warms them up, and measures the programs that are compared in turn,',
    `${repetitions} times each; the table shows the median, the least and the greatest value, and ratios are formed measurement by measurement.`,
    'A figure is marked as noise when the ranges of the two programs overlap.',
    `The files were on ${data.fileSystem}.`,
  ].join(' ');
}
