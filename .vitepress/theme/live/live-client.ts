/** Talks to the live part of the dev server. Loaded in the dev server only; see `live-gate.ts`. */

import { token } from 'virtual:micro-socket-live';
import { LineSplitter } from '../../../tools/runs/line-splitter.ts';
import type { RefusalBody } from '../../../tools/runs/live-lines.ts';

export type LiveRoute = 'catalog' | 'run' | 'stop' | 'save' | 'example';

/** The server refused, or could not be reached. `code` is the server's, or `UNREACHABLE`. */
export class LiveRequestError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'LiveRequestError';
    this.code = code;
  }
}

export async function ask<Answer>(route: LiveRoute, body: object): Promise<Answer> {
  const response = await post(route, body);
  return (await response.json()) as Answer;
}

/** The lines of an answer as they come. Ending the loop, or aborting, ends the program on the server. */
export async function* stream<Line>(route: LiveRoute, body: object, signal: AbortSignal): AsyncGenerator<Line, void> {
  const response = await post(route, body, signal);
  if (response.body === null) return;
  const reader = response.body.getReader();
  const splitter = new LineSplitter(Number.POSITIVE_INFINITY);
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      for (const line of splitter.push(part.value)) yield JSON.parse(line.text) as Line;
    }
    for (const line of splitter.end()) yield JSON.parse(line.text) as Line;
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function post(route: LiveRoute, body: object, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(`/__live/${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-micro-socket-token': token },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
  if (response.ok) return response;
  const refusal = (await response.json().catch(() => undefined)) as RefusalBody | undefined;
  throw new LiveRequestError(
    refusal?.error.code ?? 'UNREACHABLE',
    refusal?.error.message ?? `${response.status} ${response.statusText}`,
  );
}
