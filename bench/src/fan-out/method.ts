/** How the fan-out figures were got, in sentences that stand beside them. */

import { type Pinning, pinningText } from '../processes/pinning.ts';

/** Names the translations of the text. */
export const METHOD_KEY = 'fan-out';

export function methodText(repetitions: number, pinning: Pinning): string {
  return [
    'One publisher sends to N subscribers of one topic over real WebSockets without compression.',
    `Server and load generator are separate processes of the same machine. ${pinningText(pinning)}`,
    'The loop is closed: the publisher writes the messages of a turn in one go,',
    'and the next turn starts when every subscriber has all of them and every publish has been acknowledged.',
    'Every delivered message is compared with what was published; loss, disorder or a changed byte ends the run without figures.',
    'The main figure is the CPU time of the server process, user and system mode and all threads, divided by the deliveries;',
    'it holds the work for reading the publisher and for the acks.',
    'Deliveries per second are bounded by whichever process is busier, so the CPU shares of both stand beside them.',
    'Each cell starts fresh processes for each program, warms them up, and measures the programs in turn,',
    `${repetitions} times each; the table shows the median, the least and the greatest value.`,
    'A figure is marked as noise when the ranges of the two programs overlap.',
    'micro-socket does more per message than ws-send-loop:',
    'it checks access and schemas, removes duplicates, and keeps a history.',
  ].join(' ');
}
