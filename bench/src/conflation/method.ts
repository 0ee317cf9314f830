/** How the conflation figures were got, in sentences that stand beside them. */

import { type Pinning, pinningText } from '../processes/pinning.ts';
import type { ConflationPlan } from './plan.ts';

/** Names the translations of the text. */
export const METHOD_KEY = 'conflation';

export function methodText({ repetitions, tierHz }: ConflationPlan, pinning: Pinning): string {
  return [
    'A publisher sends ticks of eight instruments to the main feed at a fixed rate, whoever keeps up, and N subscribers of one channel, each a connection of its own, get its prices over real WebSockets without compression.',
    `Server and load generator are separate processes of the same machine. ${pinningText(pinning)}`,
    `price-feed-tier: subscribers ask for the mode keyed with maxRateHz ${tierHz}; price-feed: for the mode keyed without a rate, so they get the newest price of each instrument of each turn of the event loop; naive knows neither, and sends every price to everybody.`,
    'Slow readers read nothing from the first tick of a measurement to the last; then they read again, and the measurement ends when everybody has what is owed: every price from naive, and the newest one of every instrument from the others.',
    'The load generator computes each price itself, from the margins and by the written rule: a price that is wrong, comes twice or goes back, or one that is owed and missing, ends the run without figures.',
    'The CPU time is that of the server process until then, divided by the ticks and by the deliveries; the part that was delivered is the deliveries divided by ticks times subscribers.',
    'What is held is by how much the objects and buffers of the server had grown, after a garbage collection, when the last tick was acknowledged and slow readers did not read yet; naive has no bound, and is bounded here by the time of the measurement only.',
    'The system itself holds some megabytes for each reader before a server notices that it does not read.',
    'Each cell starts fresh processes for each program, warms them up, and measures the programs in turn,',
    `${repetitions} times each; the table shows the median, the least and the greatest value, and ratios are formed measurement by measurement.`,
    'A figure is marked as noise when the ranges of the two programs overlap.',
  ].join(' ');
}
