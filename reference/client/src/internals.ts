/** For those who break or watch the core on purpose: not a part of the public surface, and it may change with any version. */

export { ChecksumWatch } from './core/checksum-watch.ts';
export { Delivery } from './core/delivery.ts';
export { Feed } from './core/feed.ts';
export { Fifo } from './core/fifo.ts';
export { GapFiller } from './core/gap-filler.ts';
export { Link } from './core/link.ts';
export { MessageQueue } from './core/message-queue.ts';
export { Publisher } from './core/publisher.ts';
export { Receiver } from './core/receiver.ts';
