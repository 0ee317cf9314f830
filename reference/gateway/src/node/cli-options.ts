/** What the gateway command understands. */

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Limits, limitsWith } from '@micro-socket/protocol';
import { parseAddress } from '@micro-socket/transport';
import { StaticPolicy } from '../core/static-policy.ts';
import type { ServeOptions } from './server.ts';

export const HELP = `Usage: npm run gateway -- [options]

Starts a gateway that speaks the Micro Socket protocol over WebSocket.

  --listen ADDRESS    where to listen (default ws://127.0.0.1:8080; port 0 takes a free one)
  --backbone NAME     memory (default): order and history live and end with this process
  --policy FILE       JSON file that says who may do what; without it everything is refused
  --origin ORIGIN     a web origin whose pages may connect, such as https://example.com; may be given
                      more than once (pages served from this machine always may)
  --name NAME         the name shown to clients and in /health
  --limit NAME=VALUE  changes one bound, such as heartbeatMs=5000; may be given more than once
  --help              this text

Prints one line with the address it is bound to. GET /health answers with its state. SIGTERM or Ctrl+C says
goodbye to the clients and ends it.
`;

/** The command line cannot be understood; the message says why and what to do. */
export class UsageError extends Error {
  readonly code = 'USAGE';

  constructor(problem: string) {
    super(`${problem} Try --help.`);
    this.name = 'UsageError';
  }
}

export interface GatewayCommand {
  readonly help: boolean;
  readonly hasPolicy: boolean;
  readonly serve: ServeOptions;
}

/** Reads the command line. Throws `UsageError`, `AddressError` or `PolicyError`. */
export function parseCommand(words: readonly string[]): GatewayCommand {
  const values = parsed(words);
  if (values.backbone !== 'memory') {
    throw new UsageError(`There is no backbone named ${JSON.stringify(values.backbone)}; use memory.`);
  }
  const address = parseAddress(values.listen);
  if (address.scheme !== 'ws') {
    throw new UsageError('The gateway listens on ws:// only; put a TLS proxy in front of it for wss://.');
  }
  return {
    help: values.help,
    hasPolicy: values.policy !== undefined,
    serve: {
      address,
      policy: new StaticPolicy(values.policy === undefined ? {} : readPolicy(values.policy)),
      limits: limitsOf(values.limit),
      origins: values.origin.map(originOf),
      ...(values.name === undefined ? {} : { name: checkedName(values.name) }),
    },
  };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        listen: { type: 'string', default: 'ws://127.0.0.1:8080' },
        backbone: { type: 'string', default: 'memory' },
        policy: { type: 'string' },
        origin: { type: 'string', multiple: true, default: [] },
        limit: { type: 'string', multiple: true, default: [] },
        name: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}.`);
  }
}

function readPolicy(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`The policy file ${path} cannot be read as JSON: ${(error as Error).message}.`);
  }
}

function limitsOf(texts: readonly string[]): Limits {
  try {
    return limitsWith(Object.fromEntries(texts.map(limitOf)));
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}

function limitOf(text: string): [string, number] {
  const [, name = '', value = ''] = /^([^=]*)=(\d+)$/.exec(text) ?? [];
  if (value === '') throw new UsageError(`--limit takes NAME=VALUE with a whole number, not ${text}.`);
  return [name, Number(value)];
}

/** The origin as browsers write it: no slash at the end, no default port, lower case. */
function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && url.origin !== 'null' && url.pathname === '/' && url.search === '') return url.origin;
  throw new UsageError(`--origin takes an origin such as https://example.com, not ${text}.`);
}

function checkedName(name: string): string {
  if (name.length >= 1 && name.length <= 64) return name;
  throw new UsageError('--name takes 1 to 64 characters.');
}
