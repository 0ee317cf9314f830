import { Compile } from 'typebox/compile';
import { afterEach, describe, expect, it } from 'vitest';
import { httpOf } from '../../../gateway/test/support/serving.ts';
import { PRICE_FEED_ENDPOINTS } from '../../src/http/endpoints.ts';
import { PRICE_FEED_SCHEMAS } from '../../src/http/schemas.ts';
import { type FeedServer, FeedServers } from '../support/feed-server.ts';

const servers = new FeedServers();
afterEach(() => servers.closeAll());

type Json = Readonly<Record<string, unknown>>;

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

async function documentOf({ gateway }: FeedServer): Promise<Document> {
  return (await (await fetch(`${httpOf(gateway)}/openapi.json`)).json()) as Document;
}

/** A schema of the document with what it refers to in place. */
function resolved(value: unknown, { components }: Document): unknown {
  if (Array.isArray(value)) return value.map((item) => resolved(item, { components } as Document));
  if (typeof value !== 'object' || value === null) return value;
  const { $ref } = value as { $ref?: string };
  if ($ref !== undefined) return resolved(components.schemas[$ref.split('/').at(-1) ?? ''], { components } as Document);
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, resolved(part, { components } as Document)]),
  );
}

function checkerFor(document: Document, name: string) {
  const checker = Compile(resolved(document.components.schemas[name], document) as object);
  return (value: unknown) => checker.Check(value);
}

const margins = { BTCUSDT: { bid: { basisPoints: '2.5', amount: '0.50' } }, '*': { ask: { basisPoints: '1' } } };

describe('the price feed in GET /openapi.json', () => {
  it('stands there with every endpoint, and every endpoint with its parameters and answers', async () => {
    const document = await documentOf(await servers.start());
    for (const { id, method, path, answers, parameters = [], body } of PRICE_FEED_ENDPOINTS) {
      const operation = document.paths[path]?.[method.toLowerCase()] as Json;
      expect(operation['operationId'], id).toBe(id);
      expect(operation['parameters']).toEqual(parameters);
      expect(Object.keys(operation['responses'] as Json)).toEqual(
        [...new Set(answers.map(({ status }) => `${status}`))].toSorted(),
      );
      expect(operation['requestBody'] !== undefined).toBe(body !== undefined);
      expect(operation['security']).toEqual([{ bearer: [] }, {}]);
    }
  });

  it('refers to nothing that is not there, and has no schema that nothing refers to', async () => {
    const document = await documentOf(await servers.start());
    const used = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    );
    for (const name of used) expect(Object.keys(document.components.schemas)).toContain(name);
    for (const name of Object.keys(PRICE_FEED_SCHEMAS)) expect(used).toContain(name);
  });

  it('has examples that are what their schemas describe', async () => {
    const document = await documentOf(await servers.start());
    const examples = Object.entries(PRICE_FEED_SCHEMAS).flatMap(([name, { examples: all = [] }]) =>
      all.map((example) => [name, example] as const),
    );
    expect(examples.length).toBeGreaterThan(5);
    for (const [name, example] of examples) expect(checkerFor(document, name)(example), name).toBe(true);
  });

  it('describes what is answered: the schemas accept it, and each status is one of those that are listed', async () => {
    const server = await servers.start();
    const document = await documentOf(server);
    const ask = async (method: string, path: string, template: string, schema: string | undefined, more = {}) => {
      const { status, body } = await server.ask(method, path, more);
      const operation = document.paths[template]?.[method.toLowerCase()] as { responses: Json };
      expect(Object.keys(operation.responses), `${method} ${path}`).toContain(String(status));
      if (schema !== undefined) expect(checkerFor(document, schema)(body), JSON.stringify(body)).toBe(true);
      return status;
    };
    const create = { body: { id: 'gold', margins } };
    const channel = ['/channels/gold', '/channels/{id}'] as const;
    expect(await ask('POST', '/channels', '/channels', 'Channel', create)).toBe(201);
    expect(await ask('POST', '/channels', '/channels', 'Problem', create)).toBe(409);
    expect(await ask('GET', '/prices', '/prices', 'Prices')).toBe(200);
    expect(await ask('GET', '/prices', '/prices', 'Problem', { token: null })).toBe(401);
    expect(await ask('GET', '/channels/gold/prices', '/channels/{id}/prices', 'Prices')).toBe(200);
    expect(await ask('GET', '/channels?limit=1', '/channels', 'ChannelPage')).toBe(200);
    expect(await ask('GET', '/channels?limit=x', '/channels', 'Problem')).toBe(400);
    expect(await ask('GET', ...channel, 'Channel')).toBe(200);
    expect(await ask('GET', ...channel, undefined, { headers: { 'If-None-Match': '*' } })).toBe(304);
    expect(await ask('PATCH', ...channel, 'Problem', { body: { margins } })).toBe(428);
    expect(await ask('PATCH', ...channel, 'Problem', { body: { margins }, headers: { 'If-Match': '"a.1"' } })).toBe(
      412,
    );
    expect(await ask('PATCH', ...channel, 'Channel', { body: { margins }, headers: { 'If-Match': '*' } })).toBe(200);
    expect(await ask('DELETE', ...channel, 'Problem', { token: 'reader-token' })).toBe(403);
    expect(await ask('DELETE', ...channel, undefined)).toBe(204);
    expect(await ask('DELETE', ...channel, 'Problem')).toBe(404);
  });

  it.each([
    { id: 'gold', margins },
    { id: 'gold', margins: {} },
    { id: 'gold' },
    { margins },
    { id: 'Gold', margins },
    { id: 'gold', margins: null },
    { id: 'gold', margins, colour: 'red' },
    { id: 'gold', margins: { BTCUSDT: null } },
    { id: 'gold', margins: { BTCUSDT: { middle: {} } } },
    { id: 'gold', margins: { BTCUSDT: { bid: {} } } },
    { id: 'gold', margins: { BTCUSDT: { bid: { amount: 1 } } } },
    { id: 'gold', margins: { BTCUSDT: { bid: { amount: '-1.5' } } } },
    { id: 'gold', margins: { BTCUSDT: { bid: { amount: '1.' } } } },
    { id: 'gold', margins: { BTCUSDT: { bid: { bps: '1' } } } },
  ])('describes what POST takes: of %j schema and feed say the same', async (body) => {
    const server = await servers.start();
    const takes = checkerFor(await documentOf(server), 'NewChannel');
    expect((await server.ask('POST', '/channels', { body })).status === 201).toBe(takes(body));
  });

  it.each([
    { margins },
    { margins: {} },
    {},
    { margins: null },
    { margins: { BTCUSDT: null } },
    { margins: { BTCUSDT: { bid: null } } },
    { margins: { BTCUSDT: { bid: { amount: null } } } },
    { margins: { BTCUSDT: { bid: { amount: 1 } } } },
    { margins: { BTCUSDT: { middle: {} } } },
    { id: 'gold', margins: {} },
  ])('describes what PATCH takes: of %j schema and feed say the same', async (body) => {
    const server = await servers.start();
    await server.port.create('gold', margins);
    const takes = checkerFor(await documentOf(server), 'ChannelPatch');
    const { status } = await server.ask('PATCH', '/channels/gold', { body, headers: { 'If-Match': '*' } });
    expect(status === 200).toBe(takes(body));
  });
});

describe('the price feed on GET /docs', () => {
  it('is shown with its endpoints, bodies and examples, and every link leads somewhere', async () => {
    const html = await (await fetch(`${httpOf((await servers.start()).gateway)}/docs`)).text();
    for (const { path, summary } of PRICE_FEED_ENDPOINTS) {
      expect(html).toContain(`<code>${path}</code>`);
      expect(html).toContain(summary);
    }
    expect(html).toContain('The customer has left.');
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of html.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(id);
  });
});

describe('the price feed in GET /stats and GET /metrics', () => {
  const source = {
    source: 'simulator',
    state: 'stale' as const,
    accepted: 10,
    refused: { malformed: 0, unknown: 1, crossed: 0, absurd: 0, duplicate: 2, outOfOrder: 0 },
    stored: 9,
    conflated: 1,
    unstorable: 0,
  };

  it('tells what it has, with the source where one runs here, as its schema says', async () => {
    const server = await servers.start();
    await server.port.create('gold', {});
    const statsOf = async () => (await server.ask('GET', '/stats', { token: null })).body['priceFeed'];
    const check = checkerFor(await documentOf(server), 'PriceFeedStats');
    expect(await statsOf()).toEqual({ instruments: 2, channels: 1 });
    expect(check(await statsOf())).toBe(true);
    server.port.source = source;
    expect(await statsOf()).toEqual({ instruments: 2, channels: 1, source });
    expect(check(await statsOf())).toBe(true);
  });

  it('has the same as metrics, each family with or without a source', async () => {
    const server = await servers.start();
    const metricsOf = async () => {
      const text = await (await fetch(`${httpOf(server.gateway)}/metrics`)).text();
      return text.split('\n').filter((line) => line.includes('price_feed_'));
    };
    const without = await metricsOf();
    expect(without).toContain('micro_socket_price_feed_instruments 2');
    server.port.source = source;
    const lines = await metricsOf();
    expect(lines.filter((line) => line.startsWith('#'))).toEqual(without.filter((line) => line.startsWith('#')));
    for (const line of [
      'source_ok{source="simulator"} 0',
      'accepted_total 10',
      'refused_total{reason="duplicate"} 2',
      'stored_total 9',
      'conflated_total 1',
      'unstorable_total 0',
    ]) {
      expect(lines).toContain(`micro_socket_price_feed_${line}`);
    }
  });
});
