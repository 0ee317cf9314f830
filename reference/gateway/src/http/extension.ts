/**
 * What can be asked of a gateway over HTTP comes in parts: its own endpoints are one, and an application such as a price
 * feed brings another. Each describes its endpoints and answers them; paths, methods, origins, problems, the OpenAPI
 * document, the page and the statistics are the same for all.
 *
 * Access is for the part itself to ask about, before anything else: see `Gateway.authorized`.
 */

import type { JsonValue } from '@micro-socket/protocol';
import type { Endpoint } from './endpoint.ts';
import type { HttpRequest, HttpResponse } from './message.ts';
import type { MetricFamily } from './metrics.ts';
import type { Schema } from './schema.ts';

/** What stands at each `{name}` of the endpoint's path, decoded. */
export type PathParameters = Readonly<Record<string, string>>;

/** What a part adds to `GET /stats`. */
export interface StatsPart {
  /** The field under which it stands there, such as `priceFeed`. */
  readonly name: string;
  readonly schema: Schema;
  read(): JsonValue;
}

export interface HttpExtension<Id extends string = string> {
  readonly endpoints: readonly Endpoint<Id>[];
  /** Those that its endpoints name, by their names. `Problem` is there already. */
  readonly schemas: Readonly<Record<string, Schema>>;
  /**
   * Answers a request to the endpoint with this id. Rejects with `HttpError` or `ProtocolError` for a refusal; any other
   * error is told to the operator and answered as INTERNAL.
   */
  answer(id: Id, request: HttpRequest, parameters: PathParameters): HttpResponse | Promise<HttpResponse>;
  readonly stats?: StatsPart;
  /** What it adds to `GET /metrics`: each time the same families. */
  metrics?(): readonly MetricFamily[];
}
