import { afterEach, describe, expect, it } from 'vitest';
import { FeedServers } from '../support/feed-server.ts';

const servers = new FeedServers();
afterEach(() => servers.closeAll());

const margins = {
  '*': { ask: { basisPoints: '1' } },
  BTCUSDT: { bid: { basisPoints: '2.5', amount: '0.50' }, ask: { amount: '-0.25' } },
};

/** The same with everything that was left out. */
const whole = {
  '*': { ask: { basisPoints: '1.00' } },
  BTCUSDT: { bid: { basisPoints: '2.50', amount: '0.50' }, ask: { basisPoints: '0.00', amount: '-0.25' } },
};

async function startWith(...ids: readonly string[]) {
  const server = await servers.start();
  for (const id of ids) await server.port.create(id, margins);
  return server;
}

const patch = (body: unknown, tag: string, more = {}) => ({ body, headers: { 'If-Match': tag, ...more } });

describe('GET /prices', () => {
  it('tells the newest prices as decimal text, with where they stand', async () => {
    const server = await servers.start();
    const { status, body } = await server.ask('GET', '/prices');
    expect([status, body]).toEqual([
      200,
      {
        topic: 'prices',
        epoch: 'e1',
        seqNo: 4,
        prices: [
          { instrument: 'BTCUSDT', decimals: 2, bid: '67123.45', ask: '67124.00', last: '67123.50', sourceTime: 1_700 },
          { instrument: 'ETHUSDT', decimals: 2, last: '3512.05', sourceTime: 1_800 },
        ],
      },
    ]);
  });
});

describe('GET /channels/{id}/prices', () => {
  it('tells the prices by the margins of the channel, and their version', async () => {
    const server = await startWith('gold');
    const { body } = await server.ask('GET', '/channels/gold/prices', { token: 'gold-token' });
    expect(body).toEqual({
      topic: 'prices.gold',
      epoch: 'e1',
      seqNo: 5,
      version: 5,
      prices: [
        // 67123.45 × 0.99975 − 0.50, rounded down; 67124.00 − 0.25.
        { instrument: 'BTCUSDT', decimals: 2, bid: '67106.16', ask: '67123.75', last: '67123.50', sourceTime: 1_700 },
        { instrument: 'ETHUSDT', decimals: 2, last: '3512.05', sourceTime: 1_800 },
      ],
    });
  });

  it('is 404 where there is no such channel, and names the topic', async () => {
    const { status, body } = await (await servers.start()).ask('GET', '/channels/gold/prices');
    expect([status, body['code'], body['topic']]).toEqual([404, 'NO_SUCH_TOPIC', 'prices.gold']);
  });
});

describe('GET /channels', () => {
  it('lists the channels in the order of their ids, page by page', async () => {
    const server = await startWith('c', 'a', 'b-1', 'b', 'd');
    const pages: unknown[] = [];
    let query = '?limit=2';
    for (;;) {
      const { body } = await server.ask('GET', `/channels${query}`);
      pages.push((body['channels'] as { id: string }[]).map(({ id }) => id));
      if (body['next'] === undefined) break;
      query = `?after=${body['next']}&limit=2`;
    }
    expect(pages).toEqual([['a', 'b'], ['b-1', 'c'], ['d']]);
  });

  it('a page that ends with the last channel names no next one', async () => {
    const server = await startWith('a', 'b');
    expect((await server.ask('GET', '/channels?limit=2')).body).not.toHaveProperty('next');
    expect((await server.ask('GET', '/channels?after=b')).body).toEqual({ channels: [] });
  });

  it('a page has 100 channels where the request does not say', async () => {
    const server = await startWith(...Array.from({ length: 101 }, (_, at) => `c${String(at).padStart(3, '0')}`));
    const { body } = await server.ask('GET', '/channels');
    expect(body['channels']).toHaveLength(100);
    expect(body['next']).toBe('c099');
    expect((await server.ask('GET', '/channels?limit=1000')).body['channels']).toHaveLength(101);
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=2.5', 'limit'],
    ['limit=', 'limit'],
    ['after=%20', 'after'],
    ['after=', 'after'],
    ['limit=1&limit=2', 'limit'],
    ['page=2', 'page'],
  ])('?%s is 400 and names %s', async (query, field) => {
    const { status, body } = await (await servers.start()).ask('GET', `/channels?${query}`);
    expect([status, body['code'], body['field']]).toEqual([400, 'INVALID_FIELD', field]);
  });
});

describe('POST /channels', () => {
  it('creates a channel: 201, where it is, and its version as ETag', async () => {
    const server = await servers.start();
    const { status, headers, body } = await server.ask('POST', '/channels', { body: { id: 'gold', margins } });
    expect([status, headers.get('location'), headers.get('etag')]).toEqual([201, '/channels/gold', '"e1.5"']);
    const channel = { id: 'gold', topic: 'prices.gold', epoch: 'e1', version: 5, createdAt: 5_000, changedAt: 5_000 };
    expect(body).toEqual({ ...channel, margins: whole });
    expect((await server.ask('GET', '/channels/gold')).body).toEqual(body);
  });

  it('a second one of the same name is 409, and the first one stays as it is', async () => {
    const server = await startWith('gold');
    const { status, body } = await server.ask('POST', '/channels', { body: { id: 'gold', margins: {} } });
    expect([status, body['code'], body['field']]).toEqual([409, 'CONFLICT', 'id']);
    expect((await server.port.channel('gold'))?.margins).toEqual(whole);
  });

  it('a condition does not turn 409 into another refusal', async () => {
    const server = await startWith('gold');
    const { status } = await server.ask('POST', '/channels', patch({ id: 'gold', margins }, '*'));
    expect(status).toBe(409);
  });

  const of = (value: unknown) => ({ id: 'gold', margins: value });
  it.each([
    ['an unknown field', { ...of({}), colour: 'red' }, 'colour'],
    ['no id', { margins: {} }, 'id'],
    ['an id in capitals', { id: 'Gold', margins: {} }, 'id'],
    ['an id that is no text', { id: 7, margins: {} }, 'id'],
    ['an id of two tokens', { id: 'gold.vip', margins: {} }, 'id'],
    ['an id of 65 characters', { id: 'a'.repeat(65), margins: {} }, 'id'],
    ['no margins', { id: 'gold' }, 'margins'],
    ['null for margins', of(null), 'margins'],
    ['a list of margins', of([]), 'margins'],
    ['an unknown instrument', of({ DOGEUSDT: {} }), 'margins.DOGEUSDT'],
    ['an instrument without sides', of({ BTCUSDT: '2.5' }), 'margins.BTCUSDT'],
    ['an unknown side', of({ BTCUSDT: { middle: {} } }), 'margins.BTCUSDT.middle'],
    ['a side that is a number', of({ BTCUSDT: { bid: 2.5 } }), 'margins.BTCUSDT.bid'],
    ['an unknown part', of({ BTCUSDT: { bid: { bps: '1' } } }), 'margins.BTCUSDT.bid.bps'],
    ['an amount that is a number', of({ BTCUSDT: { bid: { amount: 0.5 } } }), 'margins.BTCUSDT.bid.amount'],
    ['an amount that is null', of({ BTCUSDT: { bid: { amount: null } } }), 'margins.BTCUSDT.bid.amount'],
    ['an amount with too many decimals', of({ BTCUSDT: { bid: { amount: '0.505' } } }), 'margins.BTCUSDT.bid.amount'],
    [
      'basis points that are no number',
      of({ BTCUSDT: { ask: { basisPoints: '1e3' } } }),
      'margins.BTCUSDT.ask.basisPoints',
    ],
    ['too many basis points', of({ '*': { ask: { basisPoints: '1000001' } } }), 'margins.*.ask.basisPoints'],
    ['an amount for all', of({ '*': { ask: { amount: '1' } } }), 'margins.*.ask.amount'],
  ])('%s is 400, names the field, and creates nothing', async (_title, given, field) => {
    const server = await servers.start();
    const { status, body } = await server.ask('POST', '/channels', { body: given });
    expect([status, body['code'], body['field']]).toEqual([400, 'INVALID_FIELD', field]);
    expect(body['detail']).not.toBe('');
    expect(server.port.figures().channels).toBe(0);
  });

  it.each([
    ['no JSON', '{"id":', 400, 'MALFORMED_FRAME'],
    ['nothing', '', 400, 'MALFORMED_FRAME'],
    ['a list', '[]', 400, 'MALFORMED_FRAME'],
    ['the key __proto__', '{"id":"gold","margins":{"__proto__":{}}}', 400, 'INVALID_FIELD'],
    ['too much nesting', `{"id":"gold","margins":${'{"a":'.repeat(70)}1${'}'.repeat(70)}}`, 400, 'INVALID_FIELD'],
    ['too many bytes', `{"id":"gold","margins":{}}${' '.repeat(65_536)}`, 413, 'FRAME_TOO_LARGE'],
  ])('%s is refused', async (_title, body, status, code) => {
    const server = await servers.start();
    const answered = await server.ask('POST', '/channels', { body, headers: { 'Content-Type': 'application/json' } });
    expect([answered.status, answered.body['code']]).toEqual([status, code]);
  });

  it('a body that is not declared as JSON is 415', async () => {
    const server = await servers.start();
    const headers = { 'Content-Type': 'application/merge-patch+json' };
    expect((await server.ask('POST', '/channels', { body: { id: 'gold', margins }, headers })).status).toBe(415);
  });
});

describe('GET /channels/{id}', () => {
  it.each(['"e1.5"', 'W/"e1.5"', '"e1.4", "e1.5"', '*'])('If-None-Match: %s is 304 without a body', async (tag) => {
    const server = await startWith('gold');
    const { status, headers, body } = await server.ask('GET', '/channels/gold', { headers: { 'If-None-Match': tag } });
    expect([status, headers.get('etag'), body]).toEqual([304, '"e1.5"', {}]);
  });

  it.each(['"e1.4"', '"e0.5"', '"e1.5", "e1.6"'])('If-None-Match: %s is judged by the newest version', async (tag) => {
    const server = await startWith('gold');
    await server.port.change('gold', () => ({}), undefined);
    await server.port.change('gold', () => ({}), undefined);
    const { status, headers } = await server.ask('GET', '/channels/gold', { headers: { 'If-None-Match': tag } });
    expect([status, headers.get('etag')]).toEqual([200, '"e1.7"']);
  });

  it('HEAD tells the version without the channel', async () => {
    const { status, headers, body } = await (await startWith('gold')).ask('HEAD', '/channels/gold');
    expect([status, headers.get('etag'), body]).toEqual([200, '"e1.5"', {}]);
  });

  it('is 404 where there is none, and 400 where there can be none', async () => {
    const server = await servers.start();
    const missing = await server.ask('GET', '/channels/gold');
    expect([missing.status, missing.body['code'], missing.body['topic']]).toEqual([
      404,
      'NO_SUCH_TOPIC',
      'prices.gold',
    ]);
    for (const id of ['Gold', '~source', 'a%2Fb', '']) {
      const { status, body } = await server.ask('GET', `/channels/${id}`);
      expect([status, body['code'], body['field']], id).toEqual([400, 'INVALID_FIELD', 'id']);
    }
  });
});

describe('PATCH /channels/{id}', () => {
  it('changes what is given and nothing else, and tells the new version', async () => {
    const server = await startWith('gold');
    const body = { margins: { BTCUSDT: { bid: { amount: '0.75' } }, ETHUSDT: { last: { basisPoints: '3' } } } };
    const answered = await server.ask('PATCH', '/channels/gold', patch(body, '"e1.5"'));
    expect([answered.status, answered.headers.get('etag')]).toEqual([200, '"e1.6"']);
    expect(answered.body['margins']).toEqual({
      ...whole,
      BTCUSDT: { ...whole.BTCUSDT, bid: { basisPoints: '2.50', amount: '0.75' } },
      ETHUSDT: { last: { basisPoints: '3.00', amount: '0.00' } },
    });
    expect([answered.body['createdAt'], answered.body['changedAt']]).toEqual([5_000, 6_000]);
    expect((await server.ask('GET', '/channels/gold')).body).toEqual(answered.body);
  });

  it.each([
    ['an instrument', { '*': null }, { BTCUSDT: whole.BTCUSDT }],
    ['a side', { BTCUSDT: { bid: null } }, { ...whole, BTCUSDT: { ask: whole.BTCUSDT.ask } }],
    [
      'a part',
      { BTCUSDT: { bid: { amount: null } } },
      { ...whole, BTCUSDT: { ...whole.BTCUSDT, bid: { basisPoints: '2.50', amount: '0.00' } } },
    ],
    ['what is not there', { ETHUSDT: null }, whole],
  ])('null removes %s', async (_title, given, expected) => {
    const server = await startWith('gold');
    const answered = await server.ask('PATCH', '/channels/gold', patch({ margins: given }, '*'));
    expect([answered.status, answered.body['margins']]).toEqual([200, expected]);
  });

  it.each(['application/json', 'application/merge-patch+json', 'application/merge-patch+json; charset=utf-8'])(
    'takes %s',
    async (type) => {
      const server = await startWith('gold');
      const asked = patch({ margins: {} }, '*', { 'Content-Type': type });
      expect((await server.ask('PATCH', '/channels/gold', asked)).status).toBe(200);
    },
  );

  it('another type is 415 and says which there are', async () => {
    const server = await startWith('gold');
    const asked = patch([], '*', { 'Content-Type': 'application/json-patch+json' });
    const { status, headers } = await server.ask('PATCH', '/channels/gold', asked);
    expect([status, headers.get('accept')]).toEqual([415, 'application/merge-patch+json, application/json']);
  });

  it('without If-Match is 428, and changes nothing', async () => {
    const server = await startWith('gold');
    const { status, body } = await server.ask('PATCH', '/channels/gold', { body: { margins: {} } });
    expect([status, body['code']]).toEqual([428, 'PRECONDITION_REQUIRED']);
    expect(await server.tagOf('gold')).toBe('"e1.5"');
  });

  it.each(['"e1.4"', '"e0.5"', 'W/"e1.5"', '"5"', '"e1.05"', '""', '"e1.4", "e1.6"'])(
    'with If-Match: %s is 412, and changes nothing',
    async (tag) => {
      const server = await startWith('gold');
      const { status, body } = await server.ask('PATCH', '/channels/gold', patch({ margins: {} }, tag));
      expect([status, body['code']]).toEqual([412, 'PRECONDITION_FAILED']);
      expect(await server.tagOf('gold')).toBe('"e1.5"');
    },
  );

  it.each(['e1.5', '"e1.5', '"e1.5" "e1.6"', '"e1.5",x', ',', '', '*, "e1.5"', Array(17).fill('"a"').join()])(
    'with If-Match: %s, which is no list of tags, is 400',
    async (tag) => {
      const server = await startWith('gold');
      const { status, body } = await server.ask('PATCH', '/channels/gold', patch({ margins: {} }, tag));
      expect([status, body['code'], body['field']]).toEqual([400, 'INVALID_FIELD', 'If-Match']);
    },
  );

  it('one tag of several is enough', async () => {
    const server = await startWith('gold');
    const asked = patch({ margins: {} }, '"x" ,"e1.4", W/"e1.9" , "e1.5"');
    expect((await server.ask('PATCH', '/channels/gold', asked)).status).toBe(200);
  });

  it('of two that have seen the same version one wins, and the other is told', async () => {
    const server = await startWith('gold');
    const tag = await server.tagOf('gold');
    const change = (amount: string) =>
      server.ask('PATCH', '/channels/gold', patch({ margins: { ETHUSDT: { ask: { amount } } } }, tag));
    const answered = await Promise.all([change('1.00'), change('2.00')]);
    expect(answered.map(({ status }) => status).toSorted()).toEqual([200, 412]);
    const won = answered.find(({ status }) => status === 200);
    expect((await server.ask('GET', '/channels/gold')).body).toEqual(won?.body);
  });

  it('of a channel that there is not is 404, whatever it expects', async () => {
    const server = await servers.start();
    for (const tag of ['*', '"e1.5"']) {
      const { status, body } = await server.ask('PATCH', '/channels/gold', patch({ margins: {} }, tag));
      expect([status, body['code']]).toEqual([404, 'NO_SUCH_TOPIC']);
    }
  });

  it.each([
    ['the id', { id: 'silver', margins: {} }, 'id'],
    ['the version', { version: 1 }, 'version'],
    ['nothing', {}, 'margins'],
    ['all margins at once', { margins: null }, 'margins'],
    ['an unknown instrument', { margins: { DOGEUSDT: {} } }, 'margins.DOGEUSDT'],
    ['a side to a number', { margins: { BTCUSDT: { bid: 1 } } }, 'margins.BTCUSDT.bid'],
    ['an amount to a number', { margins: { BTCUSDT: { bid: { amount: 1 } } } }, 'margins.BTCUSDT.bid.amount'],
  ])('cannot change %s: 400 that names the field', async (_title, given, field) => {
    const server = await startWith('gold');
    const { status, body } = await server.ask('PATCH', '/channels/gold', patch(given, '*'));
    expect([status, body['code'], body['field']]).toEqual([400, 'INVALID_FIELD', field]);
    expect(await server.tagOf('gold')).toBe('"e1.5"');
  });
});

describe('DELETE /channels/{id}', () => {
  it('deletes a channel with a reason that its subscribers are told, or with the usual one', async () => {
    const server = await startWith('gold', 'silver');
    const gold = await server.ask('DELETE', '/channels/gold', { body: { why: 'The customer has left.' } });
    const silver = await server.ask('DELETE', '/channels/silver');
    expect([gold.status, silver.status, gold.body]).toEqual([204, 204, {}]);
    expect([...server.port.closed]).toEqual([
      ['gold', 'The customer has left.'],
      ['silver', 'The channel was deleted.'],
    ]);
    expect((await server.ask('GET', '/channels/gold')).status).toBe(404);
    expect((await server.ask('DELETE', '/channels/gold')).status).toBe(404);
  });

  it.each([
    ['"e1.4"', 412],
    ['"e1.5"', 204],
    ['*', 204],
    ['x', 400],
  ])('with If-Match: %s is %i', async (tag, status) => {
    const server = await startWith('gold');
    expect((await server.ask('DELETE', '/channels/gold', { headers: { 'If-Match': tag } })).status).toBe(status);
    expect(server.port.closed.has('gold')).toBe(status === 204);
  });

  it.each([
    ['an unknown field', { reason: 'x' }, 400, 'reason'],
    ['a reason that is no text', { why: 7 }, 400, 'why'],
    ['an empty reason', { why: '' }, 400, 'why'],
    ['a reason that is too long', { why: 'x'.repeat(201) }, 400, 'why'],
    ['no object', '"why"', 400, undefined],
  ])('%s is refused', async (_title, given, status, field) => {
    const server = await startWith('gold');
    const answered = await server.ask('DELETE', '/channels/gold', { body: given });
    expect([answered.status, answered.body['field']]).toEqual([status, field]);
    expect(server.port.closed.size).toBe(0);
  });

  it('a body that is not declared as JSON is 415', async () => {
    const server = await startWith('gold');
    const headers = { 'Content-Type': 'text/plain' };
    expect((await server.ask('DELETE', '/channels/gold', { body: 'why', headers })).status).toBe(415);
  });
});
