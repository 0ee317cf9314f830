/** Routes of the live part: guard, body, service, and JSON refusals for everything that goes wrong on the way. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Arming } from './arming.ts';
import { guardRequest } from './guard.ts';
import { Refusal } from './refusal.ts';
import { readJson } from './request-body.ts';
import type { LiveService } from './service.ts';

export const PREFIX = '/__live/';

type Handler = (service: LiveService, body: unknown, response: ServerResponse) => Promise<object | undefined>;

const ROUTES: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['catalog', (service, body) => service.catalog(body)],
  ['run', (service, body, response) => service.run(body, response)],
  ['example', (service, body, response) => service.example(body, response)],
  ['stop', (service, body) => service.stop(body)],
  ['save', (service, body) => service.save(body)],
]);

export type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

export function liveMiddleware(arming: Arming, service: LiveService, bodyBytes: number): Middleware {
  return (request, response, next) => {
    if (request.url?.startsWith(PREFIX) !== true) return next();
    answer(request, response, arming, service, bodyBytes).catch((error: unknown) => refuse(response, error));
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  arming: Arming,
  service: LiveService,
  bodyBytes: number,
): Promise<void> {
  if (!arming.live) {
    throw new Refusal('NOT_LOOPBACK', 'this dev server can be reached from other machines, so pages start nothing');
  }
  guardRequest(request, arming.token);
  const route = new URL(request.url ?? '', 'http://localhost').pathname.slice(PREFIX.length);
  const handler = ROUTES.get(route);
  if (handler === undefined) throw new Refusal('NOT_FOUND', 'there is nothing at this address');
  const result = await handler(service, await readJson(request, bodyBytes), response);
  if (result !== undefined) sendJson(response, 200, result);
}

function refuse(response: ServerResponse, error: unknown): void {
  const refusal = error instanceof Refusal ? error : new Refusal('INTERNAL', 'the dev server failed; see its terminal');
  if (refusal !== error) console.error(error);
  if (response.headersSent) response.destroy();
  else sendJson(response, refusal.status, refusal.body());
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // What is left of a refused body is not worth a connection.
    ...(status === 413 ? { connection: 'close' } : {}),
  });
  response.end(JSON.stringify(value));
}
