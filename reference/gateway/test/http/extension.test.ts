import { parseAddress } from '@micro-socket/transport';
import { Compile } from 'typebox/compile';
import { afterEach, describe, expect, it } from 'vitest';
import { EndpointTable } from '../../src/http/endpoint-table.ts';
import {
  bearerToken,
  type Endpoint,
  fieldsOf,
  HttpError,
  type HttpExtension,
  jsonResponse,
  objectOf,
  problems,
  refTo,
  requireJson,
} from '../../src/http/index.ts';
import type { OpenApiDocument } from '../../src/http/openapi.ts';
import { problemInfoOf } from '../../src/http/problem.ts';
import { type Gateway, StaticPolicy } from '../../src/index.ts';
import { parseExposition } from '../support/exposition.ts';
import { Gateways, httpOf } from '../support/serving.ts';

const gateways = new Gateways();
afterEach(() => gateways.closeAll());

const good = 'https://good.example';
const evil = 'https://evil.example';

const parameter = (name: string, place: 'path' | 'query' | 'header' = 'path') => ({
  name,
  in: place,
  required: place === 'path',
  description: `The ${name}.`,
  schema: { type: 'string' },
});

const endpoint = (id: string, method: Endpoint['method'], path: string, more: Partial<Endpoint> = {}): Endpoint => ({
  id,
  method,
  path,
  summary: `${id} in a word.`,
  description: '',
  takesToken: true,
  parameters: [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => parameter(name)),
  answers: [{ status: 200, words: 'Well.' }],
  ...more,
});

const bookPath = '/shelves/{shelf}/books/{book}';
const Book = {
  ...objectOf({ title: { type: 'string', description: 'On the cover.' } }),
  examples: [{ title: '<Emma>' }],
};

/** Books on shelves; each shelf is a topic. */
class Library implements HttpExtension {
  readonly endpoints = [
    endpoint('getBook', 'GET', bookPath, {
      answers: [
        {
          status: 200,
          words: 'The book.',
          type: 'application/json',
          schema: 'Book',
          headers: { ETag: 'Its edition.' },
        },
        { status: 304, words: 'The same edition.' },
      ],
    }),
    endpoint('putBook', 'PUT', bookPath, {
      parameters: [parameter('shelf'), parameter('book'), parameter('If-Match', 'header'), parameter('why', 'query')],
      body: { schema: 'Book' },
      answers: [
        { status: 200, words: 'It stands there.', headers: { ETag: 'Its edition.', Location: 'Where.' } },
        ...problems(['PRECONDITION_REQUIRED', 'PRECONDITION_FAILED', 'CONFLICT', 'MALFORMED_FRAME', 'INVALID_FIELD']),
      ],
    }),
    endpoint('patchBook', 'PATCH', bookPath, { body: { schema: 'Book', types: ['application/merge-patch+json'] } }),
    endpoint('deleteBook', 'DELETE', bookPath, { body: { schema: 'Book', isOptional: true } }),
  ];
  readonly schemas = { Book, Counts: objectOf({ books: { type: 'integer' } }) };
  readonly stats = { name: 'library', schema: refTo('Counts'), read: () => ({ books: this.asked.length }) };
  readonly asked: unknown[] = [];
  readonly #gateway: Pick<Gateway, 'authorized'>;

  constructor(gateway: Pick<Gateway, 'authorized'>) {
    this.#gateway = gateway;
  }

  metrics() {
    return [{ name: 'library_books', type: 'gauge' as const, help: 'Books.', samples: [{ value: this.asked.length }] }];
  }

  async answer(...[id, request, parameters]: Parameters<HttpExtension['answer']>) {
    const action = request.method === 'GET' ? 'subscribe' : 'publish';
    const token = bearerToken(request.headers['authorization']);
    const { name } = await this.#gateway.authorized(token, action, parameters['shelf'] ?? '');
    this.asked.push({ id, name, parameters, query: request.query });
    if (request.headers['if-match'] === '"old"') {
      throw new HttpError('PRECONDITION_FAILED', 'There is a newer edition.', { field: 'title' });
    }
    const headers = { ETag: '"2"', Location: request.path };
    if (request.headers['if-none-match'] === '"2"') return { status: 304, headers, body: '' };
    if (id === 'putBook') {
      requireJson(request.headers['content-type']);
      const fields = fieldsOf(await request.body(1_000), ['title']);
      return { ...jsonResponse(200, fields), headers };
    }
    const text = new TextDecoder().decode(await request.body(1_000));
    return { ...jsonResponse(200, { id, text }), headers };
  }
}

async function start(options: Parameters<Gateways['start']>[0] = {}) {
  const made: Library[] = [];
  const gateway = await gateways.start({
    origins: [good],
    http: (core) => {
      made.push(new Library(core));
      return made;
    },
    ...options,
  });
  return { gateway, made, library: made[0] as Library, origin: httpOf(gateway) };
}

const path = '/shelves/a/books/1';

describe('what an application answers over HTTP', () => {
  it.each(['GET', 'PUT', 'PATCH', 'DELETE'])('gets %s with every parameter of the path, decoded', async (method) => {
    const { library, origin } = await start();
    const body = method === 'GET' ? {} : { body: '{"title":"Emma"}', headers: { 'Content-Type': 'application/json' } };
    const response = await fetch(`${origin}/shelves/a%2eb/books/%C3%BC%2F1?why=%26`, { method, ...body });
    expect([response.status, response.headers.get('etag')]).toEqual([200, '"2"']);
    const id = `${method.toLowerCase()}Book`;
    const parameters = { shelf: 'a.b', book: 'ü/1' };
    expect(library.asked).toEqual([{ id, name: 'anonymous', parameters, query: 'why=%26' }]);
  });

  it('a parameter that is not percent-encoded as it has to be is 400, and names the parameter', async () => {
    const { library, origin } = await start();
    const response = await fetch(`${origin}/shelves/a/books/%ff`);
    expect(await response.json()).toMatchObject({ status: 400, code: 'INVALID_FIELD', field: 'book' });
    expect(library.asked).toEqual([]);
  });

  it('a body may be absent: it is empty then', async () => {
    const { origin } = await start();
    const response = await fetch(`${origin}${path}`, { method: 'DELETE' });
    expect(await response.json()).toEqual({ id: 'deleteBook', text: '' });
  });

  it('304 has no body and says no length', async () => {
    const { origin } = await start();
    const response = await fetch(`${origin}${path}`, { headers: { 'If-None-Match': '"2"' } });
    expect([response.status, await response.text()]).toEqual([304, '']);
    expect([response.headers.get('etag'), response.headers.get('content-length')]).toEqual(['"2"', null]);
  });

  it('a refusal names the field that is at fault', async () => {
    const { origin } = await start();
    const put = (body: string, headers = {}) =>
      fetch(`${origin}${path}`, { method: 'PUT', body, headers: { 'Content-Type': 'application/json', ...headers } });
    const failed = await put('{}', { 'If-Match': '"old"' });
    expect(await failed.json()).toMatchObject({ status: 412, code: 'PRECONDITION_FAILED', field: 'title' });
    expect(await (await put('{"pages":1}')).json()).toMatchObject({ status: 400, field: 'pages' });
    expect(await (await put('[]')).json()).not.toHaveProperty('field');
  });

  it('another method is 405 and says what there is', async () => {
    const response = await fetch(`${(await start()).origin}${path}`, { method: 'POST' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS']);
  });

  it('is made once, and is the same on all addresses', async () => {
    const addresses = ['ws://127.0.0.1:0', 'ws://127.0.0.1:0/feed'].map(parseAddress);
    const { gateway, made } = await start({ addresses });
    for (const address of gateway.addresses) {
      expect((await fetch(`${new URL(address.replace(/^ws/, 'http')).origin}${path}`)).status).toBe(200);
    }
    expect(made).toHaveLength(1);
    expect(made[0]?.asked).toHaveLength(2);
  });

  it('that fails unexpectedly is INTERNAL, and the operator is told', async () => {
    const errors: unknown[] = [];
    const { library, origin } = await start({ onInternalError: (error) => errors.push(error) });
    library.answer = () => Promise.reject(new Error('secret'));
    const text = await (await fetch(`${origin}${path}`)).text();
    expect(JSON.parse(text)).toMatchObject({ status: 503, code: 'INTERNAL' });
    expect(text).not.toContain('secret');
    expect(errors).toEqual([new Error('secret')]);
  });
});

describe('the access of what an application answers (I1)', () => {
  const ask = (origin: string, token: string, method = 'GET') =>
    fetch(`${origin}${path}`, { method, headers: { Authorization: `Bearer ${token}` } });

  it('is that of frames: the same tokens and grants, and refusals are counted', async () => {
    const { gateway, library, origin } = await start();
    expect((await ask(origin, 'reader-token')).status).toBe(200);
    expect(await (await ask(origin, 'reader-token', 'DELETE')).json()).toMatchObject({
      status: 403,
      code: 'ACL_DENIED',
      topic: 'a',
    });
    expect(await (await ask(origin, 'nobody')).json()).toMatchObject({ status: 401, code: 'AUTH_FAILED' });
    expect(gateway.gateway.stats().denied).toBe(2);
    expect(library.asked).toEqual([expect.objectContaining({ id: 'getBook', name: 'reader' })]);
  });

  it('knows who is anonymous, and whose token has expired', async () => {
    const closed = await start({ policy: new StaticPolicy({}) });
    expect(await (await fetch(`${closed.origin}${path}`)).json()).toMatchObject({ status: 401, code: 'AUTH_REQUIRED' });
    const policy = new StaticPolicy({});
    policy.authenticate = () => Promise.resolve({ name: 'late', expiresAt: 1 });
    policy.authorize = () => true;
    const late = await start({ policy });
    expect(await (await ask(late.origin, 'old')).json()).toMatchObject({ status: 401, code: 'AUTH_FAILED' });
    expect(late.gateway.gateway.stats().denied).toBe(1);
  });

  it.each(['PUT', 'PATCH', 'DELETE'])('pages of other origins may not %s', async (method) => {
    const { library, origin } = await start();
    const response = await fetch(`${origin}${path}`, { method, headers: { Origin: evil } });
    expect(await response.json()).toMatchObject({ status: 403, code: 'ORIGIN_DENIED' });
    expect(library.asked).toEqual([]);
  });

  it('a preflight allows what the path takes, and answers show what a page needs', async () => {
    const { origin } = await start();
    const headers = { Origin: good, 'Access-Control-Request-Method': 'PATCH' };
    const preflight = await fetch(`${origin}${path}`, { method: 'OPTIONS', headers });
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, HEAD, PUT, PATCH, DELETE, OPTIONS');
    expect(preflight.headers.get('access-control-allow-headers')).toBe('Authorization, Content-Type, If-Match');
    const response = await fetch(`${origin}${path}`, { headers: { Origin: good } });
    expect(response.headers.get('access-control-expose-headers')).toMatch(/\bETag, Location\b/);
  });
});

describe('the description of what an application answers', () => {
  it('stands in the document beside the gateway’s own: parameters, headers, bodies, schemas', async () => {
    const { origin } = await start();
    const { paths, components } = (await (await fetch(`${origin}/openapi.json`)).json()) as OpenApiDocument;
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/health', bookPath]));
    expect(Object.keys(paths[bookPath] ?? {})).toEqual(['get', 'put', 'patch', 'delete']);
    const { put, patch, delete: remove, get } = paths[bookPath] ?? {};
    expect(put?.parameters.map(({ name, in: place }) => [name, place])).toEqual([
      ['shelf', 'path'],
      ['book', 'path'],
      ['If-Match', 'header'],
      ['why', 'query'],
    ]);
    expect(Object.keys(put?.responses['200']?.headers ?? {})).toEqual(['ETag', 'Location']);
    expect(put?.responses['400']?.description).toBe(
      `${problemInfoOf('MALFORMED_FRAME').title} Or: ${problemInfoOf('INVALID_FIELD').title}`,
    );
    expect(patch?.requestBody).toMatchObject({ required: true, content: { 'application/merge-patch+json': {} } });
    expect(remove?.requestBody?.required).toBe(false);
    expect(get?.responses['304']).not.toHaveProperty('content');
    expect(components.schemas['Book']).toEqual(Book);
  });

  it('stands on the page, with its examples as text', async () => {
    const html = await (await fetch(`${(await start()).origin}/docs`)).text();
    for (const text of [bookPath, 'putBook in a word.', '<code>If-Match</code>', 'id="Book"', 'On the cover.']) {
      expect(html).toContain(text);
    }
    expect(html).toContain('&quot;&lt;Emma&gt;&quot;');
  });

  it('its statistics stand in GET /stats and in its schema, its metrics in GET /metrics', async () => {
    const { origin } = await start();
    await fetch(`${origin}${path}`);
    const stats = await (await fetch(`${origin}/stats`)).json();
    expect(stats).toMatchObject({ library: { books: 1 }, connections: 0, topics: [] });
    const { components } = (await (await fetch(`${origin}/openapi.json`)).json()) as OpenApiDocument;
    const { properties = {}, required } = components.schemas['Stats'] ?? {};
    expect([properties['library'], required?.includes('library')]).toEqual([refTo('Counts'), true]);
    expect(Compile(components.schemas['Counts'] as object).Check((stats as Record<string, unknown>)['library'])).toBe(
      true,
    );
    const families = parseExposition(await (await fetch(`${origin}/metrics`)).text());
    expect(families.get('micro_socket_library_books')?.samples[0]?.value).toBe(1);
    expect(families.has('micro_socket_connections')).toBe(true);
  });
});

describe('what does not fit together is refused before anything listens', () => {
  const part = (endpoints: readonly Endpoint[], schemas: HttpExtension['schemas'] = {}): HttpExtension => ({
    endpoints,
    schemas,
    answer: () => jsonResponse(200, null),
  });
  const Problem = objectOf({});
  const get = (path: string, more: Partial<Endpoint> = {}) => endpoint(`get${path}`, 'GET', path, more);

  it.each([
    ['a body of an unknown schema', [part([get('/a', { body: { schema: 'Nothing' } })])], 'schema Nothing'],
    [
      'an answer of an unknown schema',
      [part([get('/a', { answers: [{ status: 200, words: '', type: 'x/y', schema: 'Nothing' }] })])],
      'schema Nothing',
    ],
    ['a schema that refers to an unknown one', [part([], { A: objectOf({ b: refTo('Nothing') }) })], 'schema Nothing'],
    [
      'one at any depth',
      [part([], { A: { additionalProperties: { items: { anyOf: [refTo('Nothing')] } } } })],
      'schema Nothing',
    ],
    ['a schema with two meanings', [part([], { A: {} }), part([], { A: {} })], 'two schemas A'],
    ['an id twice', [part([get('/a'), endpoint('get/a', 'GET', '/b')])], 'two endpoints get/a'],
    ['a request twice', [part([get('/a')]), part([endpoint('x', 'GET', '/a')])], 'could be the same request'],
    ['a name where another has a parameter', [part([get('/a/{b}')]), part([get('/a/c')])], 'could be the same request'],
    ['paths that meet', [part([get('/{a}/b'), get('/c/{d}')])], 'could be the same request'],
    ['one path with two names', [part([get('/a/{b}'), endpoint('x', 'POST', '/a/{c}')])], 'with other names'],
    ['a parameter that is not described', [part([get('/{a}', { parameters: [] })])], 'must describe'],
    ['a parameter that is not there', [part([get('/a', { parameters: [parameter('b')] })])], 'must describe'],
    ['a parameter twice', [part([get('/{a}/{a}', { parameters: [parameter('a')] })])], 'must describe'],
  ])('%s', (_title, parts, words) => {
    expect(() => new EndpointTable([part([], { Problem }), ...parts])).toThrow(RangeError);
    expect(() => new EndpointTable([part([], { Problem }), ...parts])).toThrow(words);
  });

  it('what only looks alike is taken: other methods, other lengths, other names', () => {
    const endpoints = [get('/a/{b}'), endpoint('x', 'POST', '/a/{b}'), endpoint('y', 'POST', '/a/c/d'), get('/a')];
    expect(new EndpointTable([part(endpoints)]).endpoints).toEqual(endpoints);
  });

  it.each([
    ['an endpoint of the gateway', part([get('/health')])],
    ['one where the gateway has a topic', part([endpoint('x', 'POST', '/topics/all/messages')])],
    ['the path of WebSockets', part([get('/ws')])],
    ['a schema of the gateway', part([], { Receipt: {} })],
    ['a figure of the gateway', { ...part([]), stats: { name: 'published', schema: {}, read: () => 1 } }],
    ['its topics', { ...part([]), stats: { name: 'topics', schema: {}, read: () => 1 } }],
    [
      'a metric of the gateway',
      { ...part([]), metrics: () => [{ name: 'published_total', type: 'gauge' as const, help: '', samples: [] }] },
    ],
  ])('%s', async (_title, extension) => {
    await expect(gateways.start({ http: () => [extension] })).rejects.toThrow(RangeError);
  });

  it('and addresses that were bound before are given back', async () => {
    const first = await gateways.start();
    await first.close();
    const addresses = [first.address, 'ws://127.0.0.1:0/x'].map(parseAddress);
    await expect(gateways.start({ addresses, http: () => [part([get('/x')])] })).rejects.toThrow('GET /x');
    const { addresses: bound } = await gateways.start({ addresses });
    expect(bound[0]).toBe(first.address);
  });
});
