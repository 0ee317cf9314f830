/** The child's side of a conversation with the process that started it: tasks in, answers out. */

import { errorData } from '../errors.ts';

/** What a child can be asked to do, by name. Arguments and results travel as JSON. */
export type Tasks = Readonly<Record<string, (argument: never) => unknown>>;

/** `fork` and `spawn` add an id, so that an answer finds its question. */
export interface Question {
  readonly id: number;
  readonly task: string;
  readonly argument: unknown;
}

export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: ReturnType<typeof errorData> };

/** Does what the parent asks, and ends with it: a process without its parent has nobody to work for. */
export function answerParent(tasks: Tasks): void {
  process.on('message', async ({ id, task, argument }: Question) => {
    const answer = (content: Answer) => process.send?.(content);
    try {
      const value = await tasks[task]?.(argument as never);
      answer({ id, value });
    } catch (error) {
      answer({ id, error: errorData(error) });
    }
  });
  process.on('disconnect', () => process.exit(0));
}
