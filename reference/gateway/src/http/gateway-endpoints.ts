/**
 * What a gateway itself answers (§11): how it is, what is published, and the description of everything.
 *
 * It publishes through the gateway, so access, dedup and bounds are the ones of frames. It shows counts, latencies and
 * topics; users and payloads are not in its reach.
 */

import type { Backbone, PublishResult } from '@micro-socket/backbone';
import { type Limits, ProtocolError } from '@micro-socket/protocol';
import type { TopicStats } from '../core/gateway.ts';
import type { Publication } from '../core/publishing.ts';
import type { Stats } from '../core/stats.ts';
import { bearerToken } from './bearer.ts';
import type { Endpoint } from './endpoint.ts';
import { type EndpointId, endpointsOf } from './endpoints.ts';
import type { HttpExtension, PathParameters } from './extension.ts';
import { gatewaySchemas } from './gateway-schemas.ts';
import { requireJson } from './json-body.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from './message.ts';
import { checkMetricNames, METRICS_TYPE, type MetricFamily, type MetricsSource, metricsText } from './metrics.ts';
import { HttpError } from './problem.ts';
import { publicationOf } from './publication.ts';
import { checkedTopic } from './router.ts';
import type { Schema } from './schema.ts';

/** What is needed of a gateway. */
export interface HttpGateway {
  readonly backbone: Pick<Backbone, 'durability' | 'problem'>;
  stats(): Stats;
  topicStats(count: number): TopicStats[];
  /** Rejects with `ProtocolError` when the client is at fault, or a bound is reached. */
  publishWith(token: string | undefined, publication: Publication): Promise<PublishResult>;
}

export interface GatewayEndpointsOptions {
  readonly gateway: HttpGateway;
  readonly gatewayName: string;
  /** Where the gateway speaks the protocol, such as `/ws`. */
  readonly webSocketPath: string;
  readonly limits: Limits;
  /** How long the gateway has been running, in milliseconds. */
  readonly uptimeMs: () => number;
  /** An id for a message that came without one; never the same twice. */
  readonly newMessageId: () => string;
  /** The token of the user `demo`. Absent: there is no demo. */
  readonly demoToken?: string | undefined;
  /** What applications add. */
  readonly extensions: readonly HttpExtension[];
  /** The description of everything, for machines and for people. Called for requests only. */
  readonly pages: { openApi(): HttpResponse; docs(): HttpResponse };
}

/** How many topics are told of, those with the most subscribers. */
const TOPICS_SHOWN_MAX = 100;

type Handler = (request: HttpRequest, parameters: PathParameters) => HttpResponse | Promise<HttpResponse>;

export class GatewayEndpoints implements HttpExtension<EndpointId> {
  readonly endpoints: readonly Endpoint<EndpointId>[];
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly #options: GatewayEndpointsOptions;
  readonly #handlers: Readonly<Record<EndpointId, Handler>> = {
    getHealth: () => this.#health(),
    getStats: () => this.#stats(),
    getMetrics: () => this.#metrics(),
    publishMessage: (request, parameters) =>
      this.#publish(request, parameters, bearerToken(request.headers['authorization'])),
    publishDemoMessage: (request, parameters) => this.#publishDemo(request, parameters),
    openWebSocket: ({ path }) => upgradeRequired(path),
    openTopicWebSocket: ({ path }) => upgradeRequired(path),
    getOpenApi: () => this.#options.pages.openApi(),
    getDocs: () => this.#options.pages.docs(),
  };

  /** Throws `RangeError` when two parts of the statistics, or two metrics, have the same name. */
  constructor(options: GatewayEndpointsOptions) {
    const { webSocketPath, demoToken, extensions } = options;
    this.#options = options;
    this.endpoints = endpointsOf({ webSocketPath, hasDemo: demoToken !== undefined });
    this.schemas = gatewaySchemas(extensions.flatMap(({ stats = [] }) => stats));
    checkMetricNames(this.#metricsSource(), this.#addedMetrics());
  }

  answer(id: EndpointId, request: HttpRequest, parameters: PathParameters): HttpResponse | Promise<HttpResponse> {
    return this.#handlers[id](request, parameters);
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
    const { gateway, extensions } = this.#options;
    const added = extensions.flatMap(({ stats = [] }) => stats).map((part) => [part.name, part.read()] as const);
    const own = { ...gateway.stats(), topics: gateway.topicStats(TOPICS_SHOWN_MAX) };
    return jsonResponse(200, { ...own, ...Object.fromEntries(added) });
  }

  #metrics(): HttpResponse {
    const body = metricsText(this.#metricsSource(), this.#addedMetrics());
    return { status: 200, headers: { 'Content-Type': METRICS_TYPE }, body };
  }

  #metricsSource(): MetricsSource {
    const { gateway, gatewayName, uptimeMs } = this.#options;
    return {
      gatewayName,
      uptimeMs: uptimeMs(),
      backboneProblem: gateway.backbone.problem,
      stats: gateway.stats(),
      topics: gateway.topicStats(TOPICS_SHOWN_MAX),
    };
  }

  #addedMetrics(): MetricFamily[] {
    return this.#options.extensions.flatMap((extension) => extension.metrics?.() ?? []);
  }

  async #publishDemo(request: HttpRequest, parameters: PathParameters): Promise<HttpResponse> {
    if (request.isLocal) return this.#publish(request, parameters, this.#options.demoToken);
    throw new ProtocolError('ACL_DENIED', 'The demo is for programs of the machine that the gateway runs on.');
  }

  async #publish(request: HttpRequest, parameters: PathParameters, token: string | undefined): Promise<HttpResponse> {
    const { gateway, limits, newMessageId } = this.#options;
    requireJson(request.headers['content-type']);
    const topic = checkedTopic(parameters['topic'] ?? '');
    const publication = publicationOf(topic, await request.body(limits.frameBytesMax), newMessageId);
    const { status, position } = await gateway.publishWith(token, publication);
    const { messageId } = publication;
    const receipt = { status, messageId, epoch: position.epoch, seqNo: position.seqNo };
    return jsonResponse(status === 'ok' ? 201 : 200, receipt);
  }
}

function upgradeRequired(path: string): never {
  throw new HttpError('UPGRADE_REQUIRED', `Connect to ${path} with a WebSocket.`, {
    headers: { Connection: 'Upgrade', Upgrade: 'websocket' },
  });
}
