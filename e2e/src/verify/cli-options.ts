/** What `npm run verify` understands. */

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ENCODINGS, type Encoding, isTopic, type Limits, limitsWith } from '@micro-socket/protocol';
import { AddressError, formatAddress, parseAddress } from '@micro-socket/transport';
import { dial } from '@micro-socket/transport/node';
import { LEVELS, type Level } from './level.ts';
import type { Settings } from './settings.ts';

export const HELP = `Usage: npm run verify -- ADDRESS [options]

Tells whether a gateway keeps the protocol. It knows nothing of the gateway but its address.

  ADDRESS               where it listens, such as ws://127.0.0.1:8080
  --level LEVEL         core, ordered or durable (default): checks of this level and of those before it
  --token TOKEN         a user who may publish, subscribe and be present on verify.>
                        (default: none, the run is anonymous)
  --reader-token TOKEN  another user, who may only subscribe on verify.>
  --denied-topic TOPIC  a topic on which the first user may do nothing (default verify-denied.x)
  --encoding NAME       json, msgpack or both (default)
  --patience-ms N       how long something that must come may take (default 15000)
  --limit NAME=VALUE    a bound of the gateway that differs from the protocol's default and that ready does not
                        tell, such as headIntervalMs=1000; may be given more than once
  --ca FILE             the certificate authority of a gateway that speaks TLS, as PEM
  --parallel N          how many checks are made at the same time (default 4)
  --json                prints one JSON document instead of text
  --help                this text

Exit code 0: it conforms at the level asked for. 1: it does not. 2: it cannot be verified.
`;

const DEFAULT_PATIENCE_MS = 15_000;
const DEFAULT_PARALLEL = 4;

/** The command line cannot be understood; the message says why and what to do. */
export class UsageError extends Error {
  readonly code = 'USAGE';

  constructor(problem: string) {
    super(`${problem} Try --help.`);
    this.name = 'UsageError';
  }
}

export interface VerifyCommand {
  readonly help: boolean;
  readonly output: 'text' | 'json';
  readonly settings: Settings;
}

/** Reads the command line. Throws `UsageError`. */
export function parseCommand(words: readonly string[]): VerifyCommand {
  const { values, positionals } = parsed(words);
  const [given = '', ...more] = positionals;
  if (!values.help && (given === '' || more.length > 0)) throw new UsageError('Name one address of a gateway.');
  const address = values.help ? '' : checkedAddress(given);
  const ca = values.ca === undefined ? undefined : fileText(values.ca);
  return {
    help: values.help,
    output: values.json ? 'json' : 'text',
    settings: {
      address,
      dial: (encoding) => dial(address, encoding, ca === undefined ? {} : { tls: { ca } }),
      ca,
      level: oneOf<Level>('--level', LEVELS, values.level),
      encodings: encodingsOf(values.encoding),
      token: values.token,
      readerToken: values['reader-token'],
      deniedTopic: checkedTopic(values['denied-topic']),
      patienceMs: wholeNumber('--patience-ms', values['patience-ms'], DEFAULT_PATIENCE_MS),
      limits: limitsOf(values.limit),
      parallel: wholeNumber('--parallel', values.parallel, DEFAULT_PARALLEL),
    },
  };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        level: { type: 'string', default: 'durable' },
        token: { type: 'string' },
        'reader-token': { type: 'string' },
        'denied-topic': { type: 'string', default: 'verify-denied.x' },
        encoding: { type: 'string', default: 'both' },
        'patience-ms': { type: 'string' },
        limit: { type: 'string', multiple: true, default: [] },
        ca: { type: 'string' },
        parallel: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}.`);
  }
}

function oneOf<Name extends string>(option: string, names: readonly Name[], given: string): Name {
  const name = names.find((candidate) => candidate === given);
  if (name !== undefined) return name;
  throw new UsageError(`${option} takes ${names.join(', ')}, not ${JSON.stringify(given)}.`);
}

function encodingsOf(given: string): readonly Encoding[] {
  return given === 'both' ? ENCODINGS : [oneOf<Encoding>('--encoding', ENCODINGS, given)];
}

function wholeNumber(option: string, given: string | undefined, byDefault: number): number {
  if (given === undefined) return byDefault;
  if (/^[1-9]\d{0,8}$/.test(given)) return Number(given);
  throw new UsageError(`${option} takes a whole number above 0, not ${JSON.stringify(given)}.`);
}

function checkedTopic(topic: string): string {
  if (isTopic(topic)) return topic;
  throw new UsageError(`--denied-topic takes a topic such as verify-denied.x, not ${JSON.stringify(topic)}.`);
}

function limitsOf(texts: readonly string[]): Limits {
  try {
    return limitsWith(
      Object.fromEntries(
        texts.map((text) => {
          const [, name = '', value = ''] = /^([^=]*)=(\d+)$/.exec(text) ?? [];
          if (value === '') throw new RangeError(`--limit takes NAME=VALUE with a whole number, not ${text}.`);
          return [name, Number(value)];
        }),
      ),
    );
  } catch (error) {
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  }
}

/** The address in its full form, with the path of a WebSocket. */
function checkedAddress(text: string): string {
  try {
    return formatAddress(parseAddress(text));
  } catch (error) {
    throw error instanceof AddressError ? new UsageError(error.message) : error;
  }
}

function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`The file ${path} cannot be read: ${(error as Error).message}.`);
  }
}
