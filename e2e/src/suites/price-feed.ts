/** The price feed: exact prices, one main feed, channels by margins, all of it over real processes and sockets. */

import { conflationTests } from '../price-feed/conflation-tests.ts';
import { manyChannelsTests } from '../price-feed/many-channels-tests.ts';
import { marginsTests } from '../price-feed/margins-tests.ts';
import { recomputedTests } from '../price-feed/recomputed-tests.ts';
import { restTests } from '../price-feed/rest-tests.ts';
import { sourceTests } from '../price-feed/source-tests.ts';
import type { Suite } from '../suite.ts';

export const priceFeed: Suite = {
  name: 'price-feed',
  title: 'Price feed',
  tests: [...recomputedTests, ...marginsTests, ...restTests, ...conflationTests, ...sourceTests, ...manyChannelsTests],
};
