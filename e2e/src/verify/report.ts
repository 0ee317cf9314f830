/** The report for people: one line a check, what went wrong under it, and at the end how far the gateway conforms. */

import type { CheckOutcome, VerifyReport } from './run.ts';

const SIGNS = { passed: '✓', failed: '✗', skipped: '–' } as const;

/** A check that has just ended. */
export function outcomeText(outcome: CheckOutcome): string {
  const { status, id, encoding, title, proves, durationMs, reason, expected, came, frames = [] } = outcome;
  const lines = [`${SIGNS[status]} ${id} (${encoding}) ${title}  [${proves.join(', ')}] ${durationMs} ms`];
  if (status === 'skipped') lines.push(`    skipped: ${reason}`);
  if (status === 'failed') {
    lines.push(`    expected: ${expected}`, `    came:     ${came}`);
    if (frames.length > 0) lines.push('    last frames:', ...frames.map((frame) => `      ${frame}`));
  }
  return lines.join('\n');
}

/** What the run as a whole says. */
export function summaryText(report: VerifyReport): string {
  const { address, gateway, conforms, level, passed, failed, skipped, durationMs } = report;
  const lines: string[] = [''];
  if (gateway !== undefined) {
    const { durability, retention, dedupWindowMs } = gateway;
    lines.push(
      `gateway ${gateway.gateway}: acknowledges at durability ${JSON.stringify(durability)}, keeps ` +
        `${retention.messagesMax} messages of a topic, remembers a messageId for ${dedupWindowMs} ms`,
    );
  }
  lines.push(...skippedText(report.checks), ...failedText(report.checks));
  lines.push(`${passed} passed, ${failed} failed, ${skipped} skipped in ${(durationMs / 1_000).toFixed(1)} s`);
  const left = skipped === 0 ? '' : `, with ${skipped} checks skipped`;
  lines.push(
    conforms === 'none'
      ? `${address} does not conform at level core`
      : `${address} conforms at level ${conforms}${left}${conforms === level ? '' : `, not at level ${level}`}`,
  );
  return lines.join('\n');
}

function skippedText(checks: readonly CheckOutcome[]): string[] {
  const skipped = checks.filter(({ status }) => status === 'skipped');
  if (skipped.length === 0) return [];
  const byReason = new Map<string, string[]>();
  for (const { id, encoding, reason = '' } of skipped) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), `${id} (${encoding})`]);
  }
  return ['skipped:', ...[...byReason].map(([reason, ids]) => `  ${reason}: ${ids.join(', ')}`)];
}

function failedText(checks: readonly CheckOutcome[]): string[] {
  const failed = checks.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return [];
  return [
    'failed:',
    ...failed.map(({ id, encoding, level, proves }) => `  ${id} (${encoding}), ${level}: ${proves.join(', ')}`),
  ];
}
