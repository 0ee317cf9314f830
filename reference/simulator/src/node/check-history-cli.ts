/** `npm run check-history`: tells which invariants held in a run that was written down. */

import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { HistoryError, HistoryReader } from '../history-schema.ts';
import { HistoryJudge, verdictText } from '../history-verdict.ts';
import { HELP, parseCommand, UsageError } from './check-history-options.ts';

/** The file cannot be read; the message names it and says why. */
class FileError extends Error {
  readonly code = 'FILE_UNREADABLE';

  constructor(file: string, cause: Error) {
    super(`The file ${file} cannot be read: ${cause.message}. Give the path of a history.`, { cause });
    this.name = 'FileError';
  }
}

async function main(): Promise<number> {
  const { help, output, file } = parseCommand(process.argv.slice(2));
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  const judge = new HistoryJudge();
  const reader = new HistoryReader((event) => judge.take(event));
  for await (const text of textsOf(file)) reader.push(text);
  reader.end();
  const verdict = judge.verdict();
  if (verdict.run === undefined)
    throw new HistoryError(1, 'a history begins with an event of the kind run, this one has none');
  console.log(output === 'json' ? JSON.stringify(verdict, null, 2) : verdictText(verdict));
  return verdict.holds ? 0 : 1;
}

async function* textsOf(file: string): AsyncGenerator<string> {
  const stream: Readable = file === '-' ? process.stdin : createReadStream(file);
  stream.setEncoding('utf8');
  try {
    for await (const text of stream) yield text as string;
  } catch (error) {
    throw new FileError(file, error as Error);
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    const isTold = error instanceof UsageError || error instanceof FileError || error instanceof HistoryError;
    console.error(isTold ? error.message : error);
    process.exitCode = 2;
  },
);
