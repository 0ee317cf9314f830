/** What a line of output means for the page. Nothing that a program prints reaches a page in any other form. */

import { parseRunEvent } from '../../tools/runs/event-schema.ts';
import type { RunEvent } from '../../tools/runs/events.ts';
import type { Line } from '../../tools/runs/line-splitter.ts';
import type { ExampleLine } from '../../tools/runs/live-lines.ts';
import type { Output } from './output-reader.ts';

interface LogLine {
  readonly t: 'log';
  readonly line: string;
}

/** An event of a run when the line holds one, and a log line otherwise. */
export function interpretRunLine(line: Line, output: Output, logChars: number): RunEvent {
  const event = output === 'stdout' && !line.cut ? parseRunEvent(line.text) : undefined;
  if (event === undefined) return logLine(line, logChars);
  return event.t === 'log' ? logLine({ text: event.line, cut: false }, logChars) : event;
}

const LISTENING = /^listening on (wss?:\/\/\S+)$/;

/** The address of an example when the line announces it, and a log line otherwise. */
export function interpretExampleLine(line: Line, output: Output, logChars: number): ExampleLine {
  const address = output === 'stdout' && !line.cut ? LISTENING.exec(line.text)?.[1] : undefined;
  return address === undefined ? logLine(line, logChars) : { t: 'started', address };
}

function logLine({ text, cut }: Line, logChars: number): LogLine {
  if (!cut && text.length <= logChars) return { t: 'log', line: text };
  return { t: 'log', line: `${text.slice(0, logChars)}…` };
}
