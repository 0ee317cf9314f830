/** How the fan-out figures were got, in sentences that stand beside them. */

import { type Pinning, pinningText } from '../processes/pinning.ts';
import type { FanOutPlan } from './plan.ts';

/** Names the translations of the text. */
export const METHOD_KEY = 'fan-out';

export function methodText({ repetitions, loadDelayMicros }: FanOutPlan, pinning: Pinning): string {
  const slowed = `The load generator stood still for ${loadDelayMicros} µs at each delivery, on purpose.`;
  return [
    'One publisher sends to N subscribers of one topic over real WebSockets without compression, all of them on loopback.',
    `Server and load generator are separate processes of the same machine. ${pinningText(pinning)}`,
    'The loop is closed: the publisher writes the messages of a turn in one go,',
    'and the next turn starts when every subscriber has all of them and every publish has been acknowledged;',
    'mosquitto (with quality of service 0) and nats acknowledge no publish, so their turn ends with the last delivery.',
    'Every delivered message is compared with what was published; loss, disorder, a repeat or a changed byte ends the run without figures, and what did not arrive is not counted.',
    'The main figure is the CPU time of the processes of the server, user and system mode and all threads, divided by the deliveries;',
    'it holds the work for reading the publisher and for the acks.',
    'Deliveries per second are what this pair of processes reached together; they are bounded by whichever is busier, so the CPU shares of both stand beside them: where that of the load generator is near 100 %, the figure is what the load generator can take, and a lower bound for the server.',
    'Memory is the resident memory of the processes of the server at the end of a measurement; with programs on Node it holds what loads their sources, too.',
    'Per subscriber it is what the server had grown by, after a garbage collection, when all had connected and nothing had been published: its resident memory or, on Node, whose heap has room from the start, its objects and buffers if those grew by more; it is told for 1,000 subscribers and more.',
    'Each number of subscribers starts fresh processes for each program; each workload is warmed up, and the programs are measured in turn,',
    `${repetitions} times each; the table shows the median, the least and the greatest value.`,
    'A figure is marked as noise when the ranges of the two programs overlap.',
    'floor, ws-send-loop, ws-preframed, bun-publish and elysia are sent and deliver the same bytes as micro-socket; socket.io, nchan, mosquitto and nats carry the same payload in their own, smaller, form.',
    'micro-socket does more per message than any of them:',
    'it checks access and schemas, removes duplicates, and keeps a history.',
    ...(loadDelayMicros === 0 ? [] : [slowed]),
  ].join(' ');
}
