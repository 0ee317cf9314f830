/**
 * What a gateway answers over HTTP (§11): a request in, an answer out, and never an exception.
 *
 * It publishes through the gateway, so access, dedup and bounds are the ones of frames. It shows counts, latencies and
 * topics; users and payloads are not in its reach.
 */

import type { Backbone, PublishResult } from '@micro-socket/backbone';
import { type Limits, ProtocolError } from '@micro-socket/protocol';
import type { TopicStats } from '../core/gateway.ts';
import type { Publication } from '../core/publishing.ts';
import type { Stats } from '../core/stats.ts';
import { type AllowsOrigin, crossOriginHeaders, optionsResponse, requireOrigin } from './cross-origin.ts';
import { docsResponse } from './docs-page.ts';
import { type Endpoint, type EndpointId, endpointsOf } from './endpoints.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from './message.ts';
import { METRICS_TYPE, metricsText } from './metrics.ts';
import { openApiOf } from './openapi.ts';
import { HttpError, problemResponse } from './problem.ts';
import { bearerToken, publicationOf, requireJson } from './publication.ts';
import { matchesAt, route, topicOf } from './router.ts';

/** What the service needs of a gateway. */
export interface HttpGateway {
  readonly backbone: Pick<Backbone, 'durability' | 'problem'>;
  stats(): Stats;
  topicStats(count: number): TopicStats[];
  /** Rejects with `ProtocolError` when the client is at fault, or a bound is reached. */
  publishWith(token: string | undefined, publication: Publication): Promise<PublishResult>;
}

export interface HttpServiceOptions {
  readonly gateway: HttpGateway;
  readonly gatewayName: string;
  /** Where the gateway speaks the protocol, such as `/ws`. */
  readonly webSocketPath: string;
  readonly limits: Limits;
  readonly allowsOrigin: AllowsOrigin;
  /** How long the gateway has been running, in milliseconds. */
  readonly uptimeMs: () => number;
  /** An id for a message that came without one; never the same twice. */
  readonly newMessageId: () => string;
  /** The token of the user `demo`. Absent: there is no demo. */
  readonly demoToken?: string | undefined;
  /** Hears of failures that are no fault of a client. */
  readonly onInternalError: (error: unknown) => void;
}

/** How many topics are told of, those with the most subscribers. */
const TOPICS_SHOWN_MAX = 100;

/** `segment` stands at `{topic}`. */
type Handler = (request: HttpRequest, segment: string) => HttpResponse | Promise<HttpResponse>;

export class HttpService {
  readonly #options: HttpServiceOptions;
  readonly #endpoints: readonly Endpoint[];
  readonly #openApi: HttpResponse;
  readonly #docs: HttpResponse;
  readonly #handlers: Readonly<Record<EndpointId, Handler>> = {
    getHealth: () => this.#health(),
    getStats: () => this.#stats(),
    getMetrics: () => this.#metrics(),
    publishMessage: (request, segment) =>
      this.#publish(request, segment, bearerToken(request.headers['authorization'])),
    publishDemoMessage: (request, segment) => this.#publishDemo(request, segment),
    openWebSocket: ({ path }) => upgradeRequired(path),
    openTopicWebSocket: ({ path }) => upgradeRequired(path),
    getOpenApi: () => this.#openApi,
    getDocs: () => this.#docs,
  };

  constructor(options: HttpServiceOptions) {
    const { webSocketPath, demoToken, gatewayName } = options;
    this.#options = options;
    this.#endpoints = endpointsOf({ webSocketPath, hasDemo: demoToken !== undefined });
    const document = openApiOf(this.#endpoints, gatewayName);
    this.#openApi = jsonResponse(200, document);
    this.#docs = docsResponse(document);
  }

  /** The answer to a request. Never rejects. */
  async answer(request: HttpRequest): Promise<HttpResponse> {
    const response = await this.#respond(request).catch((error: unknown) => this.#refusal(error));
    const common = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };
    const crossOrigin = crossOriginHeaders(request, this.#options.allowsOrigin);
    return { ...response, headers: { ...common, ...crossOrigin, ...response.headers } };
  }

  async #respond(request: HttpRequest): Promise<HttpResponse> {
    const { method, path } = request;
    const { allowsOrigin } = this.#options;
    const matches = matchesAt(this.#endpoints, path);
    if (method === 'OPTIONS' && matches.length > 0) return optionsResponse(request, matches, allowsOrigin);
    const { endpoint, segment = '' } = route(this.#endpoints, method, path);
    // Reading is bounded by what a browser shows the page; writing has to be refused here.
    if (endpoint.method === 'POST') requireOrigin(request, allowsOrigin);
    return this.#handlers[endpoint.id](request, segment);
  }

  #refusal(error: unknown): HttpResponse {
    if (error instanceof ProtocolError || error instanceof HttpError) return problemResponse(error);
    this.#options.onInternalError(error);
    return problemResponse(new ProtocolError('INTERNAL', 'The gateway failed unexpectedly; try again.'));
  }

  #health(): HttpResponse {
    const { gateway, gatewayName, uptimeMs } = this.#options;
    const { durability, problem } = gateway.backbone;
    return jsonResponse(problem === undefined ? 200 : 503, {
      status: problem === undefined ? 'ok' : 'degraded',
      gateway: gatewayName,
      uptimeMs: Math.round(uptimeMs()),
      durability,
      ...(problem === undefined ? {} : { problem }),
      ...gateway.stats(),
    });
  }

  #stats(): HttpResponse {
    const { gateway } = this.#options;
    return jsonResponse(200, { ...gateway.stats(), topics: gateway.topicStats(TOPICS_SHOWN_MAX) });
  }

  #metrics(): HttpResponse {
    const { gateway, gatewayName, uptimeMs } = this.#options;
    const body = metricsText({
      gatewayName,
      uptimeMs: uptimeMs(),
      backboneProblem: gateway.backbone.problem,
      stats: gateway.stats(),
      topics: gateway.topicStats(TOPICS_SHOWN_MAX),
    });
    return { status: 200, headers: { 'Content-Type': METRICS_TYPE }, body };
  }

  async #publishDemo(request: HttpRequest, segment: string): Promise<HttpResponse> {
    if (request.isLocal) return this.#publish(request, segment, this.#options.demoToken);
    throw new ProtocolError('ACL_DENIED', 'The demo is for programs of the machine that the gateway runs on.');
  }

  async #publish(request: HttpRequest, segment: string, token: string | undefined): Promise<HttpResponse> {
    const { gateway, limits, newMessageId } = this.#options;
    requireJson(request.headers['content-type']);
    const topic = topicOf(segment);
    const publication = publicationOf(topic, await request.body(limits.frameBytesMax), newMessageId);
    const { status, position } = await gateway.publishWith(token, publication);
    const { messageId } = publication;
    const receipt = { status, messageId, epoch: position.epoch, seqNo: position.seqNo };
    return jsonResponse(status === 'ok' ? 201 : 200, receipt);
  }
}

function upgradeRequired(path: string): never {
  throw new HttpError('UPGRADE_REQUIRED', `Connect to ${path} with a WebSocket.`, {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
  });
}
