/**
 * Answers HTTP beside a gateway (§11): a request in, an answer out, and never an exception.
 *
 * It finds who answers, and keeps what is the same for all: which pages may ask, and how refusals look. What is answered
 * is the business of the parts: the gateway's own endpoints, and those that applications add.
 */

import { ProtocolError } from '@micro-socket/protocol';
import { type AllowsOrigin, crossOriginHeaders, optionsResponse, requireOrigin } from './cross-origin.ts';
import { docsResponse } from './docs-page.ts';
import { EndpointTable } from './endpoint-table.ts';
import type { HttpExtension } from './extension.ts';
import { GatewayEndpoints, type GatewayEndpointsOptions } from './gateway-endpoints.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from './message.ts';
import { openApiOf } from './openapi.ts';
import { HttpError, problemResponse } from './problem.ts';
import { matchesAt, parametersOf, route } from './router.ts';

export interface HttpServiceOptions extends Omit<GatewayEndpointsOptions, 'extensions' | 'pages'> {
  readonly allowsOrigin: AllowsOrigin;
  /** What applications add. Default: nothing. */
  readonly extensions?: readonly HttpExtension[];
  /** Hears of failures that are no fault of a client. */
  readonly onInternalError: (error: unknown) => void;
}

export class HttpService {
  readonly #allowsOrigin: AllowsOrigin;
  readonly #onInternalError: (error: unknown) => void;
  readonly #table: EndpointTable;
  readonly #openApi: HttpResponse;
  readonly #docs: HttpResponse;

  /** Throws `RangeError` when the parts do not fit together: two of them answer one request, or a schema is missing. */
  constructor({ allowsOrigin, onInternalError, extensions = [], ...options }: HttpServiceOptions) {
    this.#allowsOrigin = allowsOrigin;
    this.#onInternalError = onInternalError;
    const pages = { openApi: () => this.#openApi, docs: () => this.#docs };
    this.#table = new EndpointTable([new GatewayEndpoints({ ...options, extensions, pages }), ...extensions]);
    const document = openApiOf(this.#table, options.gatewayName);
    this.#openApi = jsonResponse(200, document);
    this.#docs = docsResponse(document);
  }

  /** The answer to a request. Never rejects. */
  async answer(request: HttpRequest): Promise<HttpResponse> {
    const response = await this.#respond(request).catch((error: unknown) => this.#refusal(error));
    const common = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };
    const crossOrigin = crossOriginHeaders(request, this.#allowsOrigin);
    return { ...response, headers: { ...common, ...crossOrigin, ...response.headers } };
  }

  async #respond(request: HttpRequest): Promise<HttpResponse> {
    const { method, path } = request;
    const { endpoints } = this.#table;
    const matches = matchesAt(endpoints, path);
    if (method === 'OPTIONS' && matches.length > 0) return optionsResponse(request, matches, this.#allowsOrigin);
    const match = route(endpoints, method, path);
    const { endpoint } = match;
    // Reading is bounded by what a browser shows the page; writing has to be refused here.
    if (endpoint.method !== 'GET') requireOrigin(request, this.#allowsOrigin);
    return this.#table.ownerOf(endpoint).answer(endpoint.id, request, parametersOf(match));
  }

  #refusal(error: unknown): HttpResponse {
    if (error instanceof ProtocolError || error instanceof HttpError) return problemResponse(error);
    this.#onInternalError(error);
    return problemResponse(new ProtocolError('INTERNAL', 'The gateway failed unexpectedly; try again.'));
  }
}
