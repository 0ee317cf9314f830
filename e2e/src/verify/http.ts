/** HTTP requests to the host of a WebSocket address: the handshake's refusals (§3.1) and what is beside it (§11). */

import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { Mismatch } from './mismatch.ts';
import type { Settings } from './settings.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

export interface HttpRequest {
  readonly method?: string;
  /** Default: the path of the address. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer longer than this is not of the protocol. */
const ANSWER_CHARS_MAX = 1_000_000;

/** Sends one request. An accepted upgrade is answered with status 101 and an empty text, and is then cut. */
export function http(settings: Settings, { method = 'GET', path, headers, body }: HttpRequest): Promise<HttpAnswer> {
  const url = new URL(settings.address.replace(/^ws/, 'http'));
  const request = url.protocol === 'https:' ? tlsRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const outgoing = request({
      method,
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port,
      path: path ?? url.pathname,
      headers: { ...headers },
      agent: false,
      ...(settings.ca === undefined ? {} : { ca: settings.ca }),
    });
    const late = () => outgoing.destroy(new Mismatch('an HTTP answer', `nothing in ${settings.patienceMs} ms`));
    const timer = setTimeout(late, settings.patienceMs);
    const end = (answer: HttpAnswer) => {
      clearTimeout(timer);
      resolve(answer);
    };
    outgoing.on('error', (error) => {
      clearTimeout(timer);
      reject(error instanceof Mismatch ? error : new Mismatch('an HTTP answer', error.message));
    });
    outgoing.on('upgrade', (response, socket) => {
      socket.destroy();
      end({ status: 101, headers: response.headers, text: '' });
    });
    outgoing.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text = (text + part).slice(0, ANSWER_CHARS_MAX);
      });
      response.on('end', () => end({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    outgoing.end(body);
  });
}

/** The headers of a WebSocket handshake that offers these subprotocols. */
export function handshake(subprotocols: readonly string[], more: Readonly<Record<string, string>> = {}) {
  return {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': Buffer.from('0123456789abcdef').toString('base64'),
    ...(subprotocols.length === 0 ? {} : { 'Sec-WebSocket-Protocol': subprotocols.join(', ') }),
    ...more,
  };
}
