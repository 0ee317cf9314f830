/** Somebody who knows the session of somebody else, and asks a gateway for it. */

import { codecFor } from '@micro-socket/protocol';
import type { SimConnection } from '../network/connection.ts';

/** What it presents. */
export interface Stolen {
  readonly token: string;
  readonly sessionId: string;
  readonly resumeKey: string;
  readonly topics: readonly string[];
}

/** Sends one setup that resumes the session, and hangs up when it is answered. */
export function intrude(connection: SimConnection, { token, sessionId, resumeKey, topics }: Stolen): void {
  const end = connection.clientEnd;
  end.start({
    onFrame: () => end.close(1000, ''),
    onWritable: () => {},
    onClose: () => {},
  });
  const subscriptions = topics.map((topic) => ({ topic }));
  const resume = { sessionId, resumeKey, subscriptions };
  end.send(codecFor(connection.encoding).encode({ type: 'setup', protocol: 1, token, resume }));
}
