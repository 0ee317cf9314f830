import { afterEach, describe, expect, it } from 'vitest';
import { newCounters, type Stats } from '../../src/core/stats.ts';
import { FIGURES, type FigureName } from '../../src/http/figures.ts';
import { metricName, metricsText } from '../../src/http/metrics.ts';
import { parseExposition } from '../support/exposition.ts';
import { Gateways, httpOf, post } from '../support/serving.ts';
import { WireClient } from '../support/wire-client.ts';

const gateways = new Gateways();
afterEach(() => gateways.closeAll());

const latency = { p50: 1.5, p95: 20, p99: 250, p999: 1_000, max: 4_000, count: 12 };

/** A different number for each figure, so that none can stand for another. */
function statsOf(): Stats {
  const held = { connections: 0, subSockets: 0, subscriptions: 0, presences: 0 };
  const names = Object.keys({ ...newCounters(), ...held });
  const numbers = Object.fromEntries(names.map((name, index) => [name, index + 1])) as unknown as Omit<
    Stats,
    'latency'
  >;
  return { ...numbers, latency };
}

const source = { gatewayName: 'north', backboneProblem: undefined, uptimeMs: 1_234, stats: statsOf(), topics: [] };

describe('the reader of these tests', () => {
  it.each([
    ['a value that is missing', '# HELP a b\n# TYPE a gauge\na\n'],
    ['a sample without a TYPE', 'a 1\n'],
    ['a TYPE without HELP', '# TYPE a gauge\na 1\n'],
    ['a label that does not end', '# HELP a b\n# TYPE a gauge\na{b="c} 1\n'],
    ['a quote in a label', '# HELP a b\n# TYPE a gauge\na{b="c"d"} 1\n'],
    ['an unknown escape', '# HELP a b\n# TYPE a gauge\na{b="\\t"} 1\n'],
    ['a series that comes twice', '# HELP a b\n# TYPE a gauge\na 1\na 2\n'],
    ['a family in two places', '# HELP a b\n# TYPE a gauge\n# HELP a b\n# TYPE a gauge\n'],
    ['a sample of another family', '# HELP a b\n# TYPE a gauge\nc 1\n'],
    ['no line break at the end', '# HELP a b\n# TYPE a gauge\na 1'],
  ])('takes no %s', (_title, text) => {
    expect(() => parseExposition(text)).toThrow();
  });
});

describe('the metrics of a gateway', () => {
  it('are named by a rule', () => {
    expect(metricName('badFrames')).toBe('micro_socket_bad_frames_total');
    expect(metricName('subSockets')).toBe('micro_socket_sub_sockets');
  });

  it('have every figure of the statistics, each with its words and its type', () => {
    const families = parseExposition(metricsText(source));
    const { latency: _latency, ...numbers } = source.stats;
    expect(Object.keys(numbers).toSorted()).toEqual(Object.keys(FIGURES).toSorted());
    for (const [figure, value] of Object.entries(numbers)) {
      const family = families.get(metricName(figure as FigureName));
      expect(family, figure).toEqual({
        ...FIGURES[figure as FigureName],
        samples: [{ name: metricName(figure as FigureName), labels: {}, value }],
      });
    }
  });

  it('call what only rises a counter, and what is held now a gauge', () => {
    for (const [figure, { type }] of Object.entries(FIGURES)) {
      expect(type, figure).toBe(Object.hasOwn(newCounters(), figure) ? 'counter' : 'gauge');
    }
  });

  it('have the latency in seconds as a summary (I5)', () => {
    const family = parseExposition(metricsText(source)).get('micro_socket_latency_seconds');
    expect(family?.type).toBe('summary');
    expect(family?.samples.map(({ name, labels, value }) => [name.slice(-6), labels['quantile'], value])).toEqual([
      ['econds', '0.5', 0.0015],
      ['econds', '0.95', 0.02],
      ['econds', '0.99', 0.25],
      ['econds', '0.999', 1],
      ['_count', undefined, 12],
    ]);
  });

  it('escape what stands in labels', () => {
    const names = ['"', '\\', '\n', '\\n', 'a"} 1\nx{b="', 'ş😀', ''];
    const topics = names.map((topic) => ({ topic, subscribers: 1, headSeqNo: 2, latency }));
    for (const gatewayName of names) {
      const families = parseExposition(metricsText({ ...source, gatewayName, topics }));
      expect(families.get('micro_socket_info')?.samples).toEqual([
        { name: 'micro_socket_info', labels: { gateway: gatewayName }, value: 1 },
      ]);
      const subscribers = families.get('micro_socket_topic_subscribers');
      expect(subscribers?.samples.map(({ labels }) => labels['topic'])).toEqual(names);
      expect(families.get('micro_socket_topic_latency_seconds')?.samples).toHaveLength(5 * names.length);
    }
  });

  it('leave out the latency of a topic that has none', () => {
    const topics = [{ topic: 'a', subscribers: 1, headSeqNo: 2, latency: undefined }];
    expect(
      parseExposition(metricsText({ ...source, topics })).get('micro_socket_topic_latency_seconds')?.samples,
    ).toEqual([]);
  });
});

describe('GET /metrics (§11)', () => {
  it('tells what happened, and neither users nor payloads', async () => {
    const gateway = await gateways.start({ name: 'north "1"' });
    const reader = await WireClient.ready(gateway.address, { token: 'ann-token', topics: ['a'] });
    await post(gateway, 'a', { payload: 'secret', messageId: 'm1' }, { token: 'ann-token' });
    await post(gateway, 'a', { payload: 'secret', messageId: 'm1' }, { token: 'ann-token' });
    await reader.next('message');
    const response = await fetch(`${httpOf(gateway)}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await response.text();
    const families = parseExposition(text);
    const valueFor = (name: string) => families.get(`micro_socket_${name}`)?.samples[0]?.value;
    expect(valueFor('published_total')).toBe(1);
    expect(valueFor('duplicates_total')).toBe(1);
    expect(valueFor('delivered_total')).toBe(1);
    expect(valueFor('connections')).toBe(1);
    expect(families.get('micro_socket_info')?.samples[0]?.labels).toEqual({ gateway: 'north "1"' });
    expect(families.get('micro_socket_topic_head_seq_no')?.samples).toMatchObject([{ labels: { topic: 'a' } }]);
    for (const name of Object.keys(gateway.gateway.stats())) {
      if (name !== 'latency') expect(families.has(metricName(name as FigureName)), name).toBe(true);
    }
    expect(text).not.toMatch(/\b(secret|ann|m1)\b/);
  });
});
