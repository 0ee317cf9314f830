/**
 * A gateway's figures for Prometheus, in the text exposition format 0.0.4. Times are in seconds, as Prometheus has them.
 *
 * Topics become label values, so they are as many as the caller hands in; users and payloads never do.
 */

import type { TopicStats } from '../core/gateway.ts';
import type { LatencySummary } from '../core/latency.ts';
import type { Stats } from '../core/stats.ts';
import { FIGURE_NAMES, FIGURES, type Figure, type FigureName } from './figures.ts';

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export interface MetricsSource {
  readonly gatewayName: string;
  readonly uptimeMs: number;
  /** Absent where nothing keeps the gateway from storing messages. */
  readonly backboneProblem: string | undefined;
  readonly stats: Stats;
  readonly topics: readonly TopicStats[];
}

type Labels = Readonly<Record<string, string>>;

export interface MetricSample {
  /** What the name of the family is followed by. */
  readonly suffix?: '_count';
  readonly labels?: Labels;
  readonly value: number;
}

export interface MetricFamily {
  /** Behind the prefix `micro_socket_` that all have. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'summary';
  readonly help: string;
  readonly samples: readonly MetricSample[];
}

const PREFIX = 'micro_socket_';

const QUANTILES = [
  ['0.5', 'p50'],
  ['0.95', 'p95'],
  ['0.99', 'p99'],
  ['0.999', 'p999'],
] as const;

/** All of them, each family with its HELP and TYPE. `added` are those of applications. */
export function metricsText(source: MetricsSource, added: readonly MetricFamily[] = []): string {
  return [...gatewayMetrics(source), ...added].map(familyText).join('');
}

/** Throws `RangeError` when two families have the same name, which nobody could read. */
export function checkMetricNames(source: MetricsSource, added: readonly MetricFamily[]): void {
  const names = new Set<string>();
  for (const { name } of [...gatewayMetrics(source), ...added]) {
    if (names.has(name)) throw new RangeError(`There are two metrics ${PREFIX}${name}.`);
    names.add(name);
  }
}

/** The name of a figure's metric: `badFrames` is `micro_socket_bad_frames_total`. */
export function metricName(figure: FigureName): string {
  return `${PREFIX}${metricNameOf(figure, FIGURES[figure])}`;
}

/** A figure as a family of one sample. */
export function figureFamily(figure: string, { type, help }: Figure, value: number): MetricFamily {
  return { name: metricNameOf(figure, { type }), type, help, samples: [{ value }] };
}

function metricNameOf(figure: string, { type }: Pick<Figure, 'type'>): string {
  const words = figure.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return `${words}${type === 'counter' ? '_total' : ''}`;
}

/** What a gateway itself tells. */
function gatewayMetrics({ gatewayName, uptimeMs, backboneProblem, stats, topics }: MetricsSource): MetricFamily[] {
  const timed = topics.flatMap(({ topic, latency }) => (latency === undefined ? [] : [{ labels: { topic }, latency }]));
  return [
    gauge('info', 'The name of the gateway, as a label.', [{ labels: { gateway: gatewayName }, value: 1 }]),
    gauge('backbone_ok', 'Whether messages can be stored: 1, or 0.', [
      { value: backboneProblem === undefined ? 1 : 0 },
    ]),
    gauge('uptime_seconds', 'How long the gateway has been running.', [{ value: uptimeMs / 1_000 }]),
    ...FIGURE_NAMES.map((figure) => figureFamily(figure, FIGURES[figure], stats[figure])),
    ...latencyFamilies('latency', 'From storing to the hand-over to subscribers', [
      { labels: {}, latency: stats.latency },
    ]),
    gauge(
      'topic_subscribers',
      'Subscribers of a topic; of the topics with the most.',
      samplesOf(topics, 'subscribers'),
    ),
    gauge('topic_head_seq_no', 'The seqNo of the newest message of a topic.', samplesOf(topics, 'headSeqNo')),
    ...latencyFamilies('topic_latency', 'The same for a topic', timed),
  ];
}

function gauge(name: string, help: string, samples: readonly MetricSample[]): MetricFamily {
  return { name, type: 'gauge', help, samples };
}

function samplesOf(topics: readonly TopicStats[], figure: 'subscribers' | 'headSeqNo'): MetricSample[] {
  return topics.map(({ topic, [figure]: value }) => ({ labels: { topic }, value }));
}

/** A summary has no maximum, so that stands beside it; a sum is not kept. */
function latencyFamilies(
  name: string,
  words: string,
  all: readonly { readonly labels: Labels; readonly latency: LatencySummary }[],
): MetricFamily[] {
  const samples = all.flatMap(({ labels, latency }): MetricSample[] => [
    ...QUANTILES.map(([quantile, key]) => ({ labels: { ...labels, quantile }, value: latency[key] / 1_000 })),
    { suffix: '_count', labels, value: latency.count },
  ]);
  const longest = all.map(({ labels, latency }) => ({ labels, value: latency.max / 1_000 }));
  return [
    { name: `${name}_seconds`, type: 'summary', help: `${words}.`, samples },
    gauge(`${name}_max_seconds`, `${words}: the longest.`, longest),
  ];
}

function familyText({ name: ownName, type, help, samples }: MetricFamily): string {
  const name = `${PREFIX}${ownName}`;
  const lines = samples.map(
    ({ suffix = '', labels = {}, value }) => `${name}${suffix}${labelsText(labels)} ${value}\n`,
  );
  return `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** A line break would end the line, and a backslash would begin an escape. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
