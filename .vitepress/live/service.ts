/** What the live part does for a page that passed the guard: one method an address. */

import type { ServerResponse } from 'node:http';
import type { RunKind } from '../../tools/runs/events.ts';
import { Catalog } from './catalog.ts';
import type { Environment } from './environment.ts';
import { interpretExampleLine, interpretRunLine } from './interpret.ts';
import type { LiveLimits } from './limits.ts';
import { LiveProcess } from './live-process.ts';
import type { GroupCommand } from './process-group.ts';
import { Refusal } from './refusal.ts';
import { checkBody, checkRunBody, emptyBody, exampleBody, idBody } from './request-body.ts';
import { ResponseStream } from './response-stream.ts';
import { RunHistory } from './run-history.ts';
import { RunSlot } from './run-slot.ts';
import { saveResults } from './save.ts';
import type { SpawnTable } from './spawn-table.ts';
import type { Timers } from './timers.ts';

/** Stands for all suites of the end-to-end tests; a benchmark is always run by its name. */
export const ALL_SUITES = 'all';

export interface LiveServiceOptions {
  /** Root of the repository: the programs run there, and results are written below it. */
  readonly root: string;
  readonly table: SpawnTable;
  readonly limits: LiveLimits;
  readonly timers: Timers;
  readonly env: Environment;
  /** Called after results were written. */
  readonly onSaved: () => void;
}

export class LiveService {
  readonly #options: LiveServiceOptions;
  readonly #catalog: Catalog;
  readonly #history: RunHistory;
  readonly #runs = new RunSlot<LiveProcess>();
  readonly #examples = new RunSlot<LiveProcess>();

  constructor(options: LiveServiceOptions) {
    this.#options = options;
    this.#catalog = new Catalog((kind) => this.#command(options.table.list(kind)), options.limits, options.timers);
    this.#history = new RunHistory(options.limits.heldRuns);
  }

  async catalog(body: unknown): Promise<object> {
    checkBody(body, emptyBody);
    const kinds = ['e2e', 'bench', 'verify'] as const;
    const lists = kinds.map((kind) => this.#catalog.suites(kind));
    // Answered when all have ended: a request after a failure finds none of them still failing.
    await Promise.allSettled(lists);
    const [e2e, bench, verify] = await Promise.all(lists);
    return { e2e, bench, verify, examples: [...this.#options.table.examples.keys()] };
  }

  async run(body: unknown, response: ServerResponse): Promise<undefined> {
    const { kind, name, options = {} } = checkRunBody(body);
    const names = await this.#namesOf(kind, name);
    const { table, limits } = this.#options;
    const started = await this.#runs.occupy(() => {
      const process: LiveProcess = this.#start(response, {
        args: table.run(kind, name === ALL_SUITES ? undefined : name, options),
        limitMs: limits.runMs,
        interpret: (line, output) => {
          const event = interpretRunLine(line, output, limits.logChars);
          this.#history.note(process.id, event);
          return event;
        },
      });
      this.#history.add(process, kind, names);
      return process;
    });
    await started.ended;
    this.#catalog.forget();
  }

  async example(body: unknown, response: ServerResponse): Promise<undefined> {
    const { name } = checkBody(body, exampleBody);
    const { table, limits } = this.#options;
    const args = table.examples.get(name);
    if (args === undefined) throw new Refusal('UNKNOWN_EXAMPLE', `there is no example named ${name}`);
    const interpret: StartOptions['interpret'] = (line, output) => interpretExampleLine(line, output, limits.logChars);
    const started = await this.#examples.occupy(() => this.#start(response, { args, interpret }));
    await started.ended;
  }

  async stop(body: unknown): Promise<object> {
    const { id } = checkBody(body, idBody);
    const example = this.#examples.current;
    const process = example?.id === id ? example : this.#history.process(id);
    if (process === undefined) throw new Refusal('UNKNOWN_RUN', 'there is no such run');
    await process.stop('stopped');
    return { id };
  }

  async save(body: unknown): Promise<object> {
    const { id } = checkBody(body, idBody);
    const files = saveResults(this.#options.root, this.#history.finished(id));
    this.#options.onSaved();
    return { id, files };
  }

  /** Ends everything that was started, and waits until it is gone. */
  async close(): Promise<void> {
    await Promise.all([this.#runs.close(), this.#examples.close(), this.#catalog.close()]);
  }

  async #namesOf(kind: RunKind, name: string): Promise<string[]> {
    const names = (await this.#catalog.suites(kind)).map((suite) => suite.name);
    if (kind === 'e2e' && name === ALL_SUITES) return names;
    if (!names.includes(name)) throw new Refusal('UNKNOWN_SUITE', `there is no ${kind} suite named ${name}`);
    return [name];
  }

  #start(response: ServerResponse, { args, ...rest }: StartOptions): LiveProcess {
    // The page may have left while the suites were listed; nobody would be there to stop the process.
    if (response.destroyed) throw new Refusal('CLOSING', 'the request was aborted');
    const { limits, timers } = this.#options;
    return new LiveProcess({
      command: this.#command(args),
      answer: new ResponseStream(response),
      limits,
      timers,
      ...rest,
    });
  }

  #command(args: readonly string[]): GroupCommand {
    return { args, cwd: this.#options.root, env: this.#options.env };
  }
}

type StartOptions = Pick<ConstructorParameters<typeof LiveProcess>[0], 'interpret' | 'limitMs'> & {
  readonly args: readonly string[];
};
