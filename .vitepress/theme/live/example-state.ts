/** What a page knows of the example that it started. A pure function of the lines that came. */

import type { ExampleLine, ExitLine } from '../../../tools/runs/live-lines.ts';
import { append, type BoundedList, emptyList } from './bounded-list.ts';
import { LOG_LINES_MAX } from './run-state.ts';

export interface ExampleState {
  readonly phase: 'idle' | 'starting' | 'running' | 'stopping' | 'ended';
  readonly name: string;
  readonly id: string | undefined;
  readonly address: string | undefined;
  readonly log: BoundedList<string>;
  readonly exit: ExitLine | undefined;
  readonly failure: { readonly code: string; readonly message: string } | undefined;
}

export const idleExample: ExampleState = {
  phase: 'idle',
  name: '',
  id: undefined,
  address: undefined,
  log: emptyList(),
  exit: undefined,
  failure: undefined,
};

/** The state after one more line. */
export function reduceExample(state: ExampleState, line: ExampleLine): ExampleState {
  switch (line.t) {
    case 'run':
      return { ...state, id: line.id };
    case 'started':
      return { ...state, phase: state.phase === 'stopping' ? 'stopping' : 'running', address: line.address };
    case 'log':
      return { ...state, log: append(state.log, line.line, LOG_LINES_MAX) };
    case 'exit':
      return { ...state, phase: 'ended', address: undefined, exit: line };
  }
}

export function exampleGoesOn({ phase }: ExampleState): boolean {
  return phase === 'starting' || phase === 'running' || phase === 'stopping';
}
