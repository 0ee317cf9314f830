/** How a WebSocket is opened, and who is refused before: §3.1. */

import { SUBPROTOCOLS, subprotocolOf } from '@micro-socket/protocol';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { must, same } from '../expect.ts';
import { handshake, http } from '../http.ts';

const level = 'core';

export const handshakeChecks: readonly Check[] = [
  {
    id: 'handshake',
    level,
    title: 'takes the first subprotocol of the client that it knows, and negotiates no compression',
    proves: ['§3.1'],
    async run(context) {
      context.needWebSocket();
      const subprotocol = subprotocolOf(context.encoding);
      const others = SUBPROTOCOLS.filter((name) => name !== subprotocol);
      const extensions = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };
      const headers = handshake(['chat.v7', subprotocol, ...others], extensions);
      const answer = await http(context.settings, { headers });
      same('the status', answer.status, 101);
      same('the subprotocol', answer.headers['sec-websocket-protocol'], subprotocol);
      same('the extensions', answer.headers['sec-websocket-extensions'], undefined);
    },
  },
  {
    id: 'handshake-refusals',
    level,
    title: 'refuses an unknown subprotocol with 400 and another path with 404, in a sentence of plain text',
    proves: ['§3.1'],
    async run(context) {
      context.needWebSocket();
      const subprotocol = subprotocolOf(context.encoding);
      await refuses(context, { headers: handshake(['chat.v7']) }, 400);
      await refuses(context, { headers: handshake([]) }, 400);
      await refuses(context, { headers: handshake([subprotocol]), path: '/no-such-path' }, 404);
    },
  },
  {
    id: 'foreign-origin',
    level,
    title: 'refuses pages of a foreign origin with 403, and admits those of this machine',
    proves: ['§3.1', 'I1'],
    async run(context) {
      context.needWebSocket();
      const subprotocol = subprotocolOf(context.encoding);
      const foreign = ['https://verify-evil.example', 'http://localhost.verify-evil.example', 'null'];
      for (const Origin of foreign) await refuses(context, { headers: handshake([subprotocol], { Origin }) }, 403);
      for (const Origin of ['http://localhost:5173', 'http://127.0.0.1', 'http://[::1]:8080']) {
        const answer = await http(context.settings, { headers: handshake([subprotocol], { Origin }) });
        same(`the status for ${Origin}`, answer.status, 101);
      }
    },
  },
];

async function refuses(context: CheckContext, request: Parameters<typeof http>[1], status: number): Promise<void> {
  const answer = await http(context.settings, request);
  same('the status', answer.status, status);
  must('a sentence of plain text', /^text\/plain\b/.test(String(answer.headers['content-type'])), answer.headers);
  must('a sentence of plain text', answer.text.trim().length > 0, answer.text);
}
