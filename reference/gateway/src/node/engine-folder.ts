/** What `npm run engine` does with a folder besides serving it. */

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { backup, inspect, type StoreReport, type TopicReport } from '@micro-socket/backbone/disk';
import { UsageError } from './usage-error.ts';

/** So many topics are listed one by one, those with the most messages first; the others are counted. */
const TOPICS_SHOWN_MAX = 50;

/** `inspect DIR`: reads everything and says what it is. Ends with 1 where something is wrong. */
export async function inspectFolder(words: readonly string[]): Promise<void> {
  const { positionals, json } = parsed(words);
  const [directory, ...more] = positionals;
  if (directory === undefined || more.length > 0) throw new UsageError('inspect takes one folder: inspect DIR.');
  const report = await inspect(directory);
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report));
  if (report.problems.length > 0) process.exitCode = 1;
}

/** `backup DIR TARGET`. */
export async function backUpFolder(words: readonly string[]): Promise<void> {
  const { positionals, json } = parsed(words);
  const [directory, target, ...more] = positionals;
  if (directory === undefined || target === undefined || more.length > 0) {
    throw new UsageError('backup takes two folders: backup DIR TARGET.');
  }
  const report = await backup(directory, target);
  if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else
    console.log(
      `${resolve(target)}: ${report.messages} messages of ${report.topics} topics, ${sizeOf(report.fileBytes)}`,
    );
}

function parsed(words: readonly string[]) {
  try {
    const options = { json: { type: 'boolean', default: false } } as const;
    const { values, positionals } = parseArgs({ args: [...words], allowPositionals: true, options });
    return { positionals, json: values.json };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}.`);
  }
}

function reportText(report: StoreReport): string {
  const { directory, level, generationNo, isBackup, isInUse, isClosed, fileBytes, topics, idCount, problems } = report;
  const messages = topics.reduce((sum, topic) => sum + topic.messages, 0);
  const state = isInUse ? 'in use' : isClosed ? 'closed' : 'not closed properly; it is checked when it is opened';
  const lines = [
    `${directory}: ${state}`,
    `  level ${level}, ${sizeOf(fileBytes)}, histories begun anew ${generationNo - 1} times`,
    ...(isBackup ? ['  a backup: when it is opened, all epochs change'] : []),
    `  ${messages} messages of ${topics.length} topics, ${idCount} messageIds in the dedup window`,
    ...topicLines(topics),
    ...(problems.length === 0 ? ['  every record is whole'] : problems.map((problem) => `  PROBLEM: ${problem}`)),
  ];
  return `${lines.join('\n')}\n`;
}

function topicLines(topics: readonly TopicReport[]): string[] {
  const shown = topics.toSorted((one, other) => other.messages - one.messages).slice(0, TOPICS_SHOWN_MAX);
  const lines = shown.map(({ topic, head, oldestSeqNo, messages, sizeBytes, keys }) => {
    const range = messages === 0 ? `head ${head.seqNo}` : `${oldestSeqNo} to ${head.seqNo}`;
    return `    ${topic}: ${messages} messages (${range}), ${keys} keys, ${sizeOf(sizeBytes)}, epoch ${head.epoch}`;
  });
  const left = topics.length - shown.length;
  return left === 0 ? lines : [...lines, `    and ${left} more`];
}

function sizeOf(bytes: number): string {
  if (bytes < 1_024) return `${bytes} bytes`;
  const mebibytes = bytes / 1_048_576;
  return mebibytes < 1 ? `${(bytes / 1_024).toFixed(1)} KiB` : `${mebibytes.toFixed(1)} MiB`;
}
