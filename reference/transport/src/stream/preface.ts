/**
 * The first line in each direction of a stream (§3.4): the client names the encoding, and the gateway answers with the
 * same line, or with `refused:` and a sentence.
 */

import { type Encoding, SUBPROTOCOLS, subprotocolOf } from '@micro-socket/protocol';

/** The client's line, with its line feed. */
export const PREFACE_BYTES_MAX = 64;

/** The gateway's line, with its line feed; a sentence has room. */
export const ANSWER_BYTES_MAX = 1024;

const REFUSED = 'refused: ';

/** The line that asks for an encoding, and the one that agrees. */
export function prefaceOf(encoding: Encoding): string {
  return `${subprotocolOf(encoding)}\n`;
}

/** The line that turns away whoever sent anything else. */
export const REFUSAL = `${REFUSED}Begin with the line ${SUBPROTOCOLS.join(' or the line ')}; nothing else is spoken here.\n`;

/** What is wrong with a gateway's answer, or `undefined` when it agrees. */
export function answerProblem(line: string, asked: Encoding): string | undefined {
  if (line === subprotocolOf(asked)) return undefined;
  if (!line.startsWith(REFUSED)) return 'what answers there does not speak the Micro Socket protocol';
  // It ends up in logs and terminals, which a stranger's control characters must not reach.
  const sentence = line.slice(REFUSED.length).replaceAll(/\p{Cc}/gu, ' ');
  return `it refused: ${sentence.replace(/\.$/, '')}`;
}
