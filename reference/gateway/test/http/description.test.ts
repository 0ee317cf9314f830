import { Compile } from 'typebox/compile';
import { afterEach, describe, expect, it } from 'vitest';
import { endpointsOf } from '../../src/http/endpoints.ts';
import type { OpenApiDocument } from '../../src/http/openapi.ts';
import { HTTP_CODES, PROBLEMS } from '../../src/http/problem.ts';
import type { Schema } from '../../src/http/schema.ts';
import type { RunningGateway } from '../../src/node/index.ts';
import { Gateways, httpOf, post } from '../support/serving.ts';
import { WireClient } from '../support/wire-client.ts';

const gateways = new Gateways();
afterEach(() => gateways.closeAll());

async function documentOf(gateway: RunningGateway): Promise<OpenApiDocument> {
  return (await (await fetch(`${httpOf(gateway)}/openapi.json`)).json()) as OpenApiDocument;
}

function operationsOf({ paths }: OpenApiDocument) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
}

/** Says whether a value is what a schema of the document describes. */
function checkerFor({ components }: OpenApiDocument, name: keyof OpenApiDocument['components']['schemas']) {
  const checker = Compile(components.schemas[name] as object);
  return (value: unknown) => checker.Check(value);
}

describe('GET /openapi.json (§11)', () => {
  it('is an OpenAPI 3.1 document that lists every endpoint once, with its parameters and answers', async () => {
    const document = await documentOf(await gateways.start({ demo: true }));
    expect(document.openapi).toBe('3.1.0');
    const operations = operationsOf(document);
    const expected = endpointsOf({ webSocketPath: '/ws', hasDemo: true });
    expect(operations.map(({ operation }) => operation.operationId)).toEqual(expected.map(({ id }) => id));
    for (const { path, method, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = operation.parameters.filter((parameter) => parameter.in === 'path');
      expect(
        declared.map(({ name }) => name),
        path,
      ).toEqual(inPath);
      expect(declared.every(({ required }) => required)).toBe(true);
      expect(Object.keys(operation.responses).length).toBeGreaterThan(0);
      for (const status of Object.keys(operation.responses)) expect(status).toMatch(/^[1-5]\d\d$/);
      expect(operation.requestBody !== undefined, `${method} ${path}`).toBe(method === 'post');
    }
  });

  it('refers to nothing that it does not have', async () => {
    const document = await documentOf(await gateways.start());
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(5);
    for (const [, name = ''] of references) expect(Object.keys(document.components.schemas)).toContain(name);
    for (const { operation } of operationsOf(document)) {
      for (const name of operation.security.flatMap(Object.keys)) {
        expect(Object.keys(document.components.securitySchemes)).toContain(name);
      }
    }
  });

  it('has the demo only where there is one', async () => {
    const [without, withDemo] = await Promise.all([gateways.start(), gateways.start({ demo: true })]);
    expect(JSON.stringify(await documentOf(without))).not.toContain('/demo/');
    expect(JSON.stringify(await documentOf(withDemo))).toContain('/demo/topics/{topic}/messages');
  });

  it('describes what is answered: the schemas accept it', async () => {
    const gateway = await gateways.start();
    const document = await documentOf(gateway);
    const client = await WireClient.ready(gateway.address, { topics: ['a'] });
    const receipt = await post(gateway, 'a', { payload: 1 });
    await client.next('message');
    const problem = await post(gateway, 'a', { payload: 1, messageId: 'has space' });
    const stats = await fetch(`${httpOf(gateway)}/stats`);
    const health = await fetch(`${httpOf(gateway)}/health`);
    expect(checkerFor(document, 'Receipt')(await receipt.json())).toBe(true);
    expect(checkerFor(document, 'Problem')(await problem.json())).toBe(true);
    expect(checkerFor(document, 'Stats')(await stats.json())).toBe(true);
    expect(checkerFor(document, 'Health')(await health.json())).toBe(true);
  });

  it.each([
    {},
    { payload: null },
    { payload: { a: [1] }, messageId: 'm', key: 'k', ref: 'r', ttlMs: 1, expectSeqNo: 0 },
    { payload: 1, messageId: '' },
    { payload: 1, messageId: 'has space' },
    { payload: 1, key: '' },
    { payload: 1, key: 'x'.repeat(129) },
    { payload: 1, ttlMs: 0 },
    { payload: 1, expectSeqNo: -1 },
    { payload: 1, signature: { alg: 'Ed25519', keyId: 'k', value: 'v' } },
    { payload: 1, signature: { alg: 'Ed25519' } },
    { payload: 1, colour: 'red' },
    [],
    'payload',
  ])('describes what is taken: of %j schema and gateway say the same', async (body) => {
    const gateway = await gateways.start();
    const takes = checkerFor(await documentOf(gateway), 'Publication');
    const response = await post(gateway, 'a', JSON.stringify(body));
    expect(response.status < 300).toBe(takes(body));
  });

  it('says which status each code has, as the gateway does', async () => {
    const { components } = await documentOf(await gateways.start());
    const codes = components.schemas['Problem']?.properties?.['code']?.anyOf as Schema[];
    expect(codes.map((schema) => schema.const)).toEqual(Object.keys(PROBLEMS));
    for (const code of HTTP_CODES) expect(Object.keys(PROBLEMS)).toContain(code);
  });
});

describe('GET /docs (§11)', () => {
  const page = async (name = 'north') => {
    const gateway = await gateways.start({ name, demo: true });
    const response = await fetch(`${httpOf(gateway)}/docs`);
    return { response, html: await response.text(), document: await documentOf(gateway) };
  };

  it('shows every endpoint, every body and every code', async () => {
    const { response, html, document } = await page();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    for (const { path, operation } of operationsOf(document)) {
      expect(html).toContain(`<code>${path}</code>`);
      expect(html).toContain(operation.summary);
      for (const status of Object.keys(operation.responses)) expect(html).toContain(`<code>${status}</code>`);
    }
    for (const name of Object.keys(document.components.schemas)) expect(html).toContain(`id="${name}"`);
    for (const code of Object.keys(PROBLEMS)) expect(html).toContain(`id="${code}"`);
  });

  it('has an element for each place that it, and a problem, points to', async () => {
    const { html } = await page();
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of html.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(id);
  });

  it('loads nothing, runs nothing, and its one style is the one that its policy allows', async () => {
    const { response, html } = await page();
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(html).not.toMatch(/<script|<img|<link|<iframe|@import|url\(| style=| on[a-z]+=/i);
    expect([...html.matchAll(/(?:src|href)="([^"]*)"/g)].every(([, to = '']) => /^[#/]/.test(to))).toBe(true);
    const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(html) ?? [];
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style));
    expect(policy).toContain(`style-src 'sha256-${Buffer.from(digest).toString('base64')}'`);
    expect(style).toContain('prefers-color-scheme: dark');
  });

  it('shows a name as text, whatever is in it', async () => {
    const { html } = await page('<script>alert("&")</script>');
    expect(html).not.toContain('<script');
    expect(html).toContain('&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;');
  });
});
