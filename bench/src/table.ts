/** The result as text for a terminal. */

import type { FanOutResult, FanOutRow } from './result.ts';

const HEAD = [
  'subscribers',
  'messages/turn',
  'payload B',
  'program',
  'server µs/delivery (min–max)',
  'deliveries/s',
  'RSS MB',
  'server CPU',
  'load CPU',
  '',
];

/** A table of the rows, then how they were got. */
export function tableText({ rows, method, provenance }: FanOutResult): string {
  const lines = [HEAD, ...rows.map((row) => columnsOf(row, rows))];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const table = lines.map((line) => line.map((text, column) => text.padEnd(widths[column] as number)).join('  '));
  const { machine, node, commit, dirty } = provenance;
  const where = `${machine.cpu}, ${machine.cores} cores, ${machine.os}, Node ${node}, commit ${commit}${dirty ? ' with changes' : ''}`;
  return `${table.map((line) => line.trimEnd()).join('\n')}\n\n${method.replaceAll('; ', ';\n').replaceAll('. ', '.\n')}\n\n${where}\n`;
}

function columnsOf(row: FanOutRow, rows: readonly FanOutRow[]): string[] {
  const { median, min, max } = row.cpuMicrosPerDelivery;
  return [
    String(row.subscribers),
    String(row.messagesPerTurn),
    String(row.payloadBytes),
    row.program,
    `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`,
    row.deliveriesPerSecond.median.toLocaleString('en'),
    (row.rssBytes / 1e6).toFixed(0),
    percent(row.serverCpuShare),
    percent(row.loadCpuShare),
    row.noise ? 'noise' : comparison(row, rows),
  ];
}

/** How many times the CPU time of the cell's first program this one needs. */
function comparison(row: FanOutRow, rows: readonly FanOutRow[]): string {
  const first = rows.find(
    (other) =>
      other.subscribers === row.subscribers &&
      other.messagesPerTurn === row.messagesPerTurn &&
      other.payloadBytes === row.payloadBytes,
  );
  if (first === undefined || first === row) return '';
  return `${(row.cpuMicrosPerDelivery.median / first.cpuMicrosPerDelivery.median).toFixed(2)} × ${first.program}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
