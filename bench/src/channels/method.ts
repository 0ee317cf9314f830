/** How the channels figures were got, in sentences that stand beside them. */

import { type Pinning, pinningText } from '../processes/pinning.ts';
import type { ChannelsPlan } from './plan.ts';

/** Names the translations of the text. */
export const METHOD_KEY = 'channels';

export function methodText({ repetitions, fillTicks }: ChannelsPlan, pinning: Pinning): string {
  return [
    'A publisher sends ticks of eight instruments to the main feed, one at a time, and subscribers get the prices of the channels, each channel with margins of its own, over real WebSockets without compression.',
    'With 1 topic per connection each subscriber is a connection of its own, as customers are; with up to 1,000 one connection subscribes to all channels, so that what is left is the cost of the channels and not that of the sockets.',
    `Server and load generator are separate processes of the same machine. ${pinningText(pinning)}`,
    'The loop is closed: the next tick is published when every subscriber has its price of the one before and the tick has been acknowledged.',
    'The load generator computes each price itself, from the margins and by the written rule, and compares every delivered message with that; a wrong, missing, repeated or misplaced price ends the run without figures.',
    'The CPU time is that of the server process, all threads, with the intake of the tick and its ack: divided by the ticks, by ticks times channels, and by deliveries.',
    `Memory per channel is what objects and buffers take after a garbage collection and ${fillTicks} ticks, with the channels less without; it is measured where nobody subscribes, or few connections to all channels.`,
    'price-feed is the reference price feed in memory: it judges each tick, checks access, removes duplicates, keeps the newest messages of each topic in memory for those who fall behind, and resumes.',
    'naive computes each price by the same rule, makes its text and sends it, for each subscription anew; it does nothing else.',
    'Each cell starts fresh processes for each program, warms them up, and measures the programs in turn,',
    `${repetitions} times each; the table shows the median, the least and the greatest value, and ratios are formed measurement by measurement.`,
    'A figure is marked as noise when the ranges of the two programs overlap.',
  ].join(' ');
}
