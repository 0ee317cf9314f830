/** How the recovery figures were got, in sentences that stand beside them. */

import { pinningText } from '../processes/pinning.ts';
import type { Site } from '../processes/site.ts';
import type { RecoveryPlan } from './plan.ts';

/** Names the translations of the text. */
export const METHOD_KEY = 'recovery';

export function methodText({ repetitions, topics }: RecoveryPlan, { pinning, data }: Site): string {
  return [
    `Each program is started with an empty folder, is given its messages, spread over ${topics} topics, and is ended with SIGKILL right behind the last answer.`,
    'Then it is started again and again on the same folder, ended with SIGKILL each time.',
    'disk is a gateway with the disk backbone, from the start of its process (Node, its sources and all) until it says that it listens;',
    'lmdb is a process of Node that opens one LMDB database with as many messages and does nothing else, until it has opened it;',
    'nats is the NATS server with a stream of as many messages, until it says that it is ready. It is no Node process, so its row is to be compared with itself.',
    'What the start of a process costs by itself is the row with 0 messages.',
    'After every start the newest messages of each topic are read back and compared byte by byte (lmdb: counted), and a missing one ends the run without figures.',
    'The files are in the cache of the operating system, because SIGKILL does not empty it: a machine that has lost its power has to read them from the disk first.',
    pinningText(pinning),
    `The programs are started in turn, ${repetitions} times each; the table shows the median, the least and the greatest value, and ratios are formed start by start.`,
    'A figure is marked as noise when the two ranges overlap.',
    `The files were on ${data.fileSystem}.`,
  ].join(' ');
}
