/** Opens the backbone of a gateway that a command starts, and tells its operator how it is. */

import { type Backbone, formatBackboneAddress } from '@micro-socket/backbone';
import { openBackbone } from '@micro-socket/backbone/node';
import { DEFAULT_LIMITS, type Limits } from '@micro-socket/protocol';
import { DialError } from '@micro-socket/transport';
import type { BackboneChoice } from './cli-options.ts';

/** For how long an engine may take to be there, in milliseconds: whoever starts both at once need not wait for one. */
const ENGINE_WAIT_MS = 10_000;
const ENGINE_TRY_MS = 250;

/** Rejects with what `openBackbone` rejects with. */
export async function openChosen(
  { address, options }: BackboneChoice,
  limits: Limits = DEFAULT_LIMITS,
): Promise<Backbone> {
  const name = formatBackboneAddress(address);
  const onProblem = (problem: string | undefined) => {
    if (problem === undefined) console.log(`the backbone ${name} works again`);
    else console.error(problem);
  };
  const deadline = Date.now() + ENGINE_WAIT_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      return await openBackbone(address, { ...options, limits, onProblem });
    } catch (error) {
      if (!(error instanceof DialError)) throw error;
      if (Date.now() >= deadline) throw new Error(`${error.message} Start it with: npm run engine -- --listen ${name}`);
      if (attempt === 1) console.error(`waiting for the engine at ${name}`);
      await new Promise((resolve) => setTimeout(resolve, ENGINE_TRY_MS));
    }
  }
}
