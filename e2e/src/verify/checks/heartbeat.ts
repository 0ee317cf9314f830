/** Silence: §4.11 and §5.12. */

import type { Check } from '../check.ts';
import { must } from '../expect.ts';
import { lastOf } from '../traffic.ts';

const level = 'core';

export const heartbeatChecks: readonly Check[] = [
  {
    id: 'ping',
    level,
    waits: true,
    title: 'sends ping to a client that is silent for heartbeatMs, and keeps one that answers',
    proves: ['§5.12', '§4.11'],
    async run(context) {
      const peer = await context.connect();
      context.needPatience('heartbeatMs', peer.ready.heartbeatMs);
      // Whatever a peer gets of these it answers.
      const pings = await peer.untilFrames(['ping'], 2);
      must('times that rise', (pings[0]?.time ?? 0) < lastOf(pings).time, pings);
      await peer.barrier();
    },
  },
  {
    id: 'silent-client',
    level,
    waits: true,
    title: 'closes a client that does not answer ping with 4103',
    proves: ['§5.12', '§7', '§8'],
    async run(context) {
      const peer = await context.connect({ answersPing: false });
      const { pongTimeoutMs } = context.settings.limits;
      context.needPatience('heartbeatMs and pongTimeoutMs together', peer.ready.heartbeatMs + pongTimeoutMs);
      await peer.untilClosed(4103);
      must('a ping before the end', peer.frames('ping').length > 0, 'none');
    },
  },
];
