import type { Suite } from '../suite.ts';
import { access } from './access.ts';
import { badInput } from './bad-input.ts';
import { client } from './client.ts';
import { dedup } from './dedup.ts';
import { delivery } from './delivery.ts';
import { lifecycle } from './lifecycle.ts';
import { order } from './order.ts';
import { priceFeed } from './price-feed.ts';
import { slowReader } from './slow-reader.ts';
import { storms } from './storms.ts';

/** Every suite, in the order in which they are run and shown. */
export const SUITES: readonly Suite[] = [
  access,
  dedup,
  order,
  delivery,
  slowReader,
  badInput,
  lifecycle,
  client,
  storms,
  priceFeed,
];
