/**
 * The price feed over HTTP: prices to read, channels to manage.
 *
 * Access comes before everything else that a request could learn from: reading the main prices and the margins needs the
 * grant to subscribe to the main topic, reading a channel's prices the one to subscribe to its topic, writing the one to
 * publish to the main topic. So whoever may not learns nothing, not even whether a channel exists. It keeps nothing; what
 * there is, and what may be, is the business of the port.
 */

import type { Action, Gateway } from '@micro-socket/gateway';
import {
  bearerToken,
  fieldsOf,
  HttpError,
  type HttpExtension,
  type HttpRequest,
  type HttpResponse,
  jsonResponse,
  type MetricFamily,
  type PathParameters,
  refTo,
  requireJson,
  type StatsPart,
} from '@micro-socket/gateway/http';
import { type JsonValue, ProtocolError } from '@micro-socket/protocol';
import { channelTopicOf, checkedChannelId } from '../core/channel-id.ts';
import { PriceFeedError } from '../core/errors.ts';
import type { MarginsText } from '../core/margin.ts';
import { PAGE_DEFAULT, PAGE_MAX, PATCH_TYPES, PRICE_FEED_ENDPOINTS, type PriceFeedEndpointId } from './endpoints.ts';
import { isNamedBy, tagOf, versionsIn } from './entity-tag.ts';
import { feedMetrics } from './feed-metrics.ts';
import { mergePatch } from './merge-patch.ts';
import type { ChannelView, PriceFeedPort } from './price-feed-port.ts';
import { PRICE_FEED_SCHEMAS } from './schemas.ts';

export interface PriceFeedHttpOptions {
  readonly port: PriceFeedPort;
  /** Says who may do what. */
  readonly gateway: Pick<Gateway, 'authorized'>;
  /** The largest body that is read. */
  readonly bodyBytesMax: number;
}

/** What the subscribers of a channel are told when whoever deletes it gives no reason. */
const DEFAULT_WHY = 'The channel was deleted.';

type Handler = (request: HttpRequest, id: string) => Promise<HttpResponse>;

export class PriceFeedHttp implements HttpExtension<PriceFeedEndpointId> {
  readonly endpoints = PRICE_FEED_ENDPOINTS;
  readonly schemas = PRICE_FEED_SCHEMAS;
  readonly stats: StatsPart;
  readonly #options: PriceFeedHttpOptions;
  readonly #handlers: Readonly<Record<PriceFeedEndpointId, Handler>> = {
    getPrices: (request) => this.#prices(request),
    listChannels: (request) => this.#list(request),
    createChannel: (request) => this.#create(request),
    getChannel: (request, id) => this.#channel(request, id),
    getChannelPrices: (request, id) => this.#channelPrices(request, id),
    changeChannel: (request, id) => this.#change(request, id),
    deleteChannel: (request, id) => this.#delete(request, id),
  };

  constructor(options: PriceFeedHttpOptions) {
    this.#options = options;
    this.stats = {
      name: 'priceFeed',
      schema: refTo('PriceFeedStats'),
      read: () => options.port.figures() as unknown as JsonValue,
    };
  }

  metrics(): MetricFamily[] {
    return feedMetrics(this.#options.port.figures());
  }

  async answer(
    endpoint: PriceFeedEndpointId,
    request: HttpRequest,
    { id = '' }: PathParameters,
  ): Promise<HttpResponse> {
    try {
      return await this.#handlers[endpoint](request, id);
    } catch (error) {
      throw error instanceof PriceFeedError ? this.#refusalOf(error, endpoint, id) : error;
    }
  }

  async #prices(request: HttpRequest): Promise<HttpResponse> {
    await this.#requireMain(request, 'subscribe');
    return jsonResponse(200, await this.#options.port.prices());
  }

  async #channelPrices(request: HttpRequest, given: string): Promise<HttpResponse> {
    const { port } = this.#options;
    const id = checkedChannelId(given);
    await this.#require(request, 'subscribe', channelTopicOf(port.mainTopic, id));
    return jsonResponse(200, await port.prices(id));
  }

  async #list(request: HttpRequest): Promise<HttpResponse> {
    await this.#requireMain(request, 'subscribe');
    const { after, limit } = rangeIn(request.query);
    // One more than is told says whether there are more.
    const found = await this.#options.port.channels({ after, limit: limit + 1 });
    const channels = found.slice(0, limit);
    const next = found.length > limit ? { next: channels.at(-1)?.id } : {};
    return jsonResponse(200, { channels, ...next });
  }

  async #channel(request: HttpRequest, given: string): Promise<HttpResponse> {
    await this.#requireMain(request, 'subscribe');
    const channel = await this.#options.port.channel(checkedChannelId(given));
    if (channel === undefined) throw new PriceFeedError('UNKNOWN', `There is no channel ${given}.`, 'id');
    if (!isNamedBy(request.headers['if-none-match'], channel)) return channelResponse(200, channel);
    return { status: 304, headers: { ETag: tagOf(channel) }, body: '' };
  }

  async #create(request: HttpRequest): Promise<HttpResponse> {
    await this.#requireMain(request, 'publish');
    requireJson(request.headers['content-type']);
    const { id, margins } = fieldsOf(await this.#body(request), ['id', 'margins']);
    const channel = await this.#options.port.create(checkedChannelId(id), requiredMargins(margins));
    return channelResponse(201, channel, { Location: `/channels/${channel.id}` });
  }

  async #change(request: HttpRequest, given: string): Promise<HttpResponse> {
    await this.#requireMain(request, 'publish');
    const id = checkedChannelId(given);
    requireJson(request.headers['content-type'], PATCH_TYPES);
    const condition = request.headers['if-match'];
    if (condition === undefined) {
      const message = 'Send If-Match with the ETag of the version that you want to change, or * for any.';
      throw new HttpError('PRECONDITION_REQUIRED', message);
    }
    const expected = versionsIn(condition);
    const { margins } = fieldsOf(await this.#body(request), ['margins']);
    const patch = requiredMargins(margins);
    const merged = (inForce: MarginsText) => mergePatch(inForce as unknown as JsonValue, patch);
    return channelResponse(200, await this.#options.port.change(id, merged, expected));
  }

  async #delete(request: HttpRequest, given: string): Promise<HttpResponse> {
    await this.#requireMain(request, 'publish');
    const id = checkedChannelId(given);
    const condition = request.headers['if-match'];
    const expected = condition === undefined ? undefined : versionsIn(condition);
    const why = whyIn(request.headers['content-type'], await this.#body(request));
    await this.#options.port.close(id, why, expected);
    return { status: 204, headers: {}, body: '' };
  }

  #body(request: HttpRequest): Promise<Uint8Array> {
    return request.body(this.#options.bodyBytesMax);
  }

  #requireMain(request: HttpRequest, action: Action): Promise<void> {
    return this.#require(request, action, this.#options.port.mainTopic);
  }

  async #require({ headers }: HttpRequest, action: Action, topic: string): Promise<void> {
    await this.#options.gateway.authorized(bearerToken(headers['authorization']), action, topic);
  }

  /** A refusal of the feed, as HTTP says it. */
  #refusalOf({ code, message, field }: PriceFeedError, endpoint: PriceFeedEndpointId, id: string): Error {
    switch (code) {
      case 'FIELD':
        return new HttpError('INVALID_FIELD', message, { field });
      case 'UNKNOWN':
        return new ProtocolError('NO_SUCH_TOPIC', message, { topic: channelTopicOf(this.#options.port.mainTopic, id) });
      case 'CONFLICT':
        return endpoint === 'createChannel'
          ? new HttpError('CONFLICT', message, { field })
          : new HttpError('PRECONDITION_FAILED', message);
    }
  }
}

function channelResponse(
  status: number,
  channel: ChannelView,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  const response = jsonResponse(status, channel);
  return { ...response, headers: { ...response.headers, ETag: tagOf(channel), ...headers } };
}

/** Also of a patch: taking all margins away is too much to be asked for by one `null`. */
function requiredMargins(margins: JsonValue | undefined): JsonValue {
  if (typeof margins === 'object' && margins !== null && !Array.isArray(margins)) return margins;
  throw new PriceFeedError('FIELD', 'margins is an object, by the ids of instruments; {} for none.', 'margins');
}

function whyIn(contentType: string | undefined, body: Uint8Array): string {
  if (body.length === 0) return DEFAULT_WHY;
  requireJson(contentType);
  const { why = DEFAULT_WHY } = fieldsOf(body, ['why']);
  if (typeof why === 'string') return why;
  throw new PriceFeedError('FIELD', 'why is text.', 'why');
}

const RANGE_PARAMETERS = ['after', 'limit'];

/** The page that a query asks for. Throws `HttpError` INVALID_FIELD, or `PriceFeedError` FIELD. */
function rangeIn(query: string): { after: string | undefined; limit: number } {
  const given = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (!RANGE_PARAMETERS.includes(name)) throw badQuery(name, `is unknown; there are ${RANGE_PARAMETERS.join(', ')}`);
    if (given.has(name)) throw badQuery(name, 'comes twice');
    given.set(name, value);
  }
  const after = given.get('after');
  return {
    after: after === undefined ? undefined : checkedChannelId(after, 'after'),
    limit: limitIn(given.get('limit')),
  };
}

function badQuery(name: string, problem: string): HttpError {
  const field = name.slice(0, 64);
  return new HttpError('INVALID_FIELD', `The query parameter ${JSON.stringify(field)} ${problem}.`, { field });
}

function limitIn(text: string | undefined): number {
  if (text === undefined) return PAGE_DEFAULT;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= PAGE_MAX) return limit;
  throw new HttpError('INVALID_FIELD', `limit is a whole number from 1 to ${PAGE_MAX}.`, { field: 'limit' });
}
