/** Mutants of dedup (I2). */

import { DedupWindow, MemoryBackbone } from '@micro-socket/backbone/internals';
import { MessageQueue } from '@micro-socket/client/internals';
import { type Mutant, replaceMethod } from './mutant.ts';

/** How much too old an id is taken to be: most of the window of a simulated engine. */
const TOO_OLD_MS = 6_000;

export const DEDUP_MUTANTS: readonly Mutant[] = [
  {
    name: 'dedup-skipped',
    breaks: 'I2',
    what: 'The engine looks up no messageId, so every repeat of a publish is stored again.',
    apply: () => replaceMethod(DedupWindow.prototype, 'find', () => () => undefined),
  },
  {
    name: 'dedup-forgets-early',
    breaks: 'I2',
    what: 'The engine forgets a messageId six seconds before its window has passed.',
    apply: () =>
      replaceMethod(
        DedupWindow.prototype,
        'find',
        (find) => (window, request, now) => find(window, request, now + TOO_OLD_MS),
      ),
  },
  {
    name: 'conflict-accepted',
    breaks: 'I2',
    what: 'Other content under a known messageId is answered as if it were a repeat.',
    apply: () =>
      replaceMethod(DedupWindow.prototype, 'find', (find) => (window, request, now) => {
        const earlier = find(window, request, now);
        return earlier === undefined ? undefined : { ...earlier, sameContent: true };
      }),
  },
  {
    name: 'duplicate-at-head',
    breaks: 'I2',
    what: 'A repeated publish is answered with the head of the topic in place of its own position.',
    apply: () =>
      replaceMethod(MemoryBackbone.prototype, 'publish', (publish) => async (backbone, request) => {
        const result = await publish(backbone, request);
        return result.status === 'ok' ? result : { ...result, position: await backbone.head(request.topic) };
      }),
  },
  {
    name: 'duplicate-answered-ok',
    breaks: 'I2',
    what: 'A repeated publish is answered as if it had been stored just now.',
    apply: () =>
      replaceMethod(MemoryBackbone.prototype, 'publish', (publish) => async (backbone, request) => ({
        ...(await publish(backbone, request)),
        status: 'ok',
      })),
  },
  {
    name: 'program-given-twice',
    breaks: 'I2',
    what: 'A client gives some messages to its program twice.',
    apply: () =>
      replaceMethod(MessageQueue.prototype, 'give', (give) => (queue, message) => {
        give(queue, message);
        if (message.seqNo % 16 === 0) give(queue, message);
      }),
  },
];
