/** One sentence about how a program ended, when that needs saying. */

import type { ExitLine } from '../../../tools/runs/live-lines.ts';
import type { LiveText } from '../../locales/live.en.ts';
import { fill } from './live-text.ts';

interface Ending {
  readonly exit: ExitLine | undefined;
  readonly failure: { readonly code: string; readonly message: string } | undefined;
}

/** Undefined when the program ended by itself and without an error code. */
export function endingText({ exit, failure }: Ending, text: LiveText['common']): string | undefined {
  if (failure !== undefined) return failureText(failure, text);
  switch (exit?.reason) {
    case 'stopped':
      return text.endedStopped;
    case 'time-limit':
      return text.endedTimeLimit;
    case 'output-limit':
      return text.endedOutputLimit;
    case 'server-closed':
      return text.endedServerClosed;
    case 'not-started':
      return `${text.endedNotStarted} ${exit.message ?? ''}`.trim();
    case 'finished':
      return exit.code === 0 ? undefined : fill(text.endedExit, { code: exit.code ?? '–' });
    case undefined:
      return undefined;
  }
}

function failureText(failure: { readonly code: string; readonly message: string }, text: LiveText['common']): string {
  if (failure.code === 'BUSY') return text.busy;
  if (failure.code === 'UNREACHABLE') return text.connectionLost;
  return fill(text.runFailed, { reason: failure.message });
}
