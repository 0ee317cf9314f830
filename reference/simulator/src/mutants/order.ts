/** Mutants of order (I3). */

import { TopicLog } from '@micro-socket/backbone/internals';
import type { Message } from '@micro-socket/client';
import { Fifo, MessageQueue, Publisher } from '@micro-socket/client/internals';
import { type Mutant, PerInstance, replaceMethod, undoAll } from './mutant.ts';

export const ORDER_MUTANTS: readonly Mutant[] = [
  {
    name: 'newest-publish-first',
    breaks: 'I3',
    what: 'Of the publishes that wait in a client, the newest one leaves first.',
    apply: () => {
      const newest = (fifo: Fifo<unknown>, takesItOut: boolean) => {
        const items = fifo.clear();
        const last = takesItOut ? items.pop() : items.at(-1);
        for (const item of items) fifo.push(item);
        return last;
      };
      return undoAll(
        replaceMethod(Fifo.prototype, 'shift', () => (fifo) => newest(fifo, true)),
        replaceMethod(Fifo.prototype, 'peek', () => (fifo) => newest(fifo, false)),
      );
    },
  },
  {
    name: 'resent-in-reverse',
    breaks: 'I3',
    what: 'After a lost connection a client sends what was not answered in reverse order.',
    apply: () =>
      replaceMethod(Publisher.prototype, 'attach', (attach) => (publisher, link, ready) => {
        let bodies: Parameters<typeof link.sendBody>[0][] | undefined = [];
        const reversing = {
          get bufferedBytes() {
            return link.bufferedBytes;
          },
          sendBody: (body: Parameters<typeof link.sendBody>[0]) => {
            if (bodies === undefined) link.sendBody(body);
            else bodies.push(body);
          },
        };
        attach(publisher, reversing, ready);
        const sentAgain = bodies;
        bodies = undefined;
        for (const body of sentAgain.toReversed()) link.sendBody(body);
      }),
  },
  {
    name: 'chain-skips-one',
    breaks: 'I3',
    what: 'A message names the one before its predecessor as its predecessor.',
    apply: () =>
      replaceMethod(TopicLog.prototype, 'append', (append) => (log, request, time) => {
        const entry = append(log, request, time);
        return { ...entry, prevSeqNo: Math.max(0, entry.prevSeqNo - 1) };
      }),
  },
  {
    name: 'messages-swapped',
    breaks: 'I3',
    what: 'A client gives some messages to its program behind the one that follows them.',
    apply: () => {
      const held = new PerInstance<MessageQueue, { message: Message | undefined }>(() => ({ message: undefined }));
      return replaceMethod(MessageQueue.prototype, 'give', (give) => (queue, message) => {
        const before = held.of(queue);
        if (before.message === undefined && message.seqNo % 10 === 0 && message.fromSnapshot === undefined) {
          before.message = message;
          return;
        }
        give(queue, message);
        if (before.message !== undefined) give(queue, before.message);
        before.message = undefined;
      });
    },
  },
];
