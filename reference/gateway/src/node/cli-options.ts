/** What the gateway command understands. */

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { type BackboneAddress, parseBackboneAddress } from '@micro-socket/backbone';
import type { OpenBackboneOptions } from '@micro-socket/backbone/node';
import { type Limits, limitsWith } from '@micro-socket/protocol';
import { type Address, formatAddress, parseAddress } from '@micro-socket/transport';
import { DEFLATE_BYTES_MIN, type TlsIdentity } from '@micro-socket/transport/node';
import { SESSION_SECRET_BYTES_MIN } from '../core/session-keys.ts';
import { StaticPolicy } from '../core/static-policy.ts';
import { type Config, readConfig } from './config-file.ts';
import { ENGINE_LIMITS, engineAccess } from './engine.ts';
import { PolicyFile } from './policy-file.ts';
import type { ServeOptions } from './server.ts';
import { UsageError } from './usage-error.ts';

export { UsageError } from './usage-error.ts';

const DEFAULT_LISTEN = 'ws://127.0.0.1:8080';

/** What each option means. `DEFAULT` stands for the address that the command listens on by default. */
export const OPTIONS_HELP = `  --listen ADDRESS    where to listen (default DEFAULT; port 0 takes a free one); may be given more
                      than once, with ws:// wss:// tcp:// tls:// or ipc:///path
  --tls-cert FILE     who the gateway is on wss:// and tls:// addresses: the certificate, and those between it and
  --tls-key FILE      its root, and the key, in PEM
  --backbone ADDRESS  what gives topics their order and history:
                        memory (default)     this process, and ends with it
                        disk:DIR             a folder of this machine
                        tcp://HOST:7000      another gateway, an engine; also tls:// ipc:///path ws:// wss://
                        nats://HOST:4222/STREAM?replicas=3   NATS JetStream; more servers are joined by commas
  --backbone-key-file FILE
                      the edge key of the engine; for NATS a credentials file, the seed of an NKey, or a token
  --backbone-ca FILE  the authority that has signed the engine's certificate, in PEM (default: those that Node knows)
  --durability LEVEL  disk (default): a publish is acknowledged when it is on the disk; written: when the operating
                      system has it. For disk:DIR only
  --history-age-ms N  messages of disk:DIR that are older leave the history (default: any age)
  --engine            other gateways may have this one as their backbone; bounds are those of an engine
  --edge-key-file FILE
                      the key, of 22 characters at least, that these must have. Without it an engine listens on
                      tcp:// and tls:// of this machine and on ipc:// only, and everybody there is one of them
  --workers N         N processes share the addresses, with an engine behind them that has the backbone (auto: as many
                      as the machine has cores)
  --policy FILE       JSON file that says who may do what; without it everything is refused. It is read again when it
                      has changed, and on SIGHUP together with the files that it names; a broken one changes nothing
  --origin ORIGIN     a web origin whose pages may connect, such as https://example.com; may be given
                      more than once (pages served from this machine always may)
  --session-secret-file FILE
                      at least ${SESSION_SECRET_BYTES_MIN} bytes that gateways share to resume each other's sessions (default: random)
  --name NAME         the name shown to clients and in /health
  --name-publishers   messages say who published them
  --compress          messages of ${DEFLATE_BYTES_MIN} bytes and more are compressed for WebSocket clients that offer it
                      (permessage-deflate, each message once for all its readers)
  --demo              programs of this machine may publish below demo. without a token, with
                      POST /demo/topics/TOPIC/messages
  --limit NAME=VALUE  changes one bound, such as heartbeatMs=5000; may be given more than once
  --config FILE       JSON file with these options, their names in camelCase: { "listen": ["ws://127.0.0.1:8080"],
                      "tlsCert": "cert.pem", "limit": { "heartbeatMs": 5000 } }. Files in it are relative to it.
                      The command line wins; --no-demo, --no-compress and --no-name-publishers take back what it says
`;

export const HELP = `Usage: npm run gateway -- [options]

Starts a gateway that speaks the Micro Socket protocol.

${OPTIONS_HELP.replace('DEFAULT', DEFAULT_LISTEN)}  --help              this text

Prints one line for each address that it is bound to. On ws:// and wss:// addresses it answers HTTP, too: GET /docs
shows what. SIGTERM or Ctrl+C says goodbye to the clients and ends it.
`;

export interface GatewayCommand {
  readonly help: boolean;
  /** The policy, where it is a file; `serve` has it, too. */
  readonly policyFile: PolicyFile | undefined;
  readonly backbone: BackboneChoice;
  /** Whether other gateways may have this one as their backbone. */
  readonly isEngine: boolean;
  /** How many processes share the addresses; absent where this one serves by itself. */
  readonly workers: number | undefined;
  /** Without the backbone, which is still to be opened. */
  readonly serve: ServeOptions;
}

/** The backbone that was chosen, and how to open it. */
export interface BackboneChoice {
  readonly address: BackboneAddress;
  readonly options: Omit<OpenBackboneOptions, 'limits'>;
}

/** Reads the command line, and the files that it names. Throws `UsageError`, `AddressError` or `PolicyError`. */
export function parseCommand(words: readonly string[]): GatewayCommand {
  return commandOf(parsed(words));
}

/** What `parseArgs` makes of `GATEWAY_OPTIONS`. */
export type GivenOptions = ReturnType<typeof parsed>;

/**
 * Reads the files that the options name; for commands that have these options and others. `listen` is where they listen
 * by default, and `usual` are bounds that are other ones there. Throws as `parseCommand` does.
 */
export function commandOf(
  { config: configPath, help, limit = [], ...given }: GivenOptions,
  listen = DEFAULT_LISTEN,
  usual: Partial<Limits> = {},
): GatewayCommand {
  const config = configPath === undefined || help ? {} : readConfig(configPath);
  const settings = { ...config, ...inCamelCase(given) } as Config;
  const engineLimits = settings.engine === true ? ENGINE_LIMITS : {};
  const limits = limitsOf({ ...usual, ...engineLimits, ...config.limit, ...Object.fromEntries(limit.map(limitOf)) });
  const policyFile = settings.policy === undefined || help ? undefined : new PolicyFile(settings.policy);
  return {
    help,
    policyFile,
    backbone: backboneOf(settings),
    isEngine: settings.engine === true,
    workers: workersOf(settings),
    serve: { ...serveOptionsOf({ ...settings, listen: [...listOf(settings.listen, [listen])] }, policyFile), limits },
  };
}

function backboneOf(settings: Config): BackboneChoice {
  const { backbone = 'memory', backboneKeyFile: keyFile, backboneCa, durability, historyAgeMs, name } = settings;
  const address = parseBackboneAddress(backbone);
  const { kind } = address;
  if (keyFile !== undefined && kind !== 'remote' && kind !== 'nats') {
    throw new UsageError(`--backbone-key-file has no meaning with --backbone ${backbone}.`);
  }
  if (kind !== 'disk' && (durability !== undefined || historyAgeMs !== undefined)) {
    throw new UsageError('--durability and --history-age-ms are for --backbone disk:DIR.');
  }
  return {
    address,
    options: {
      keyFile: keyFile === undefined ? undefined : readable(keyFile, '--backbone-key-file'),
      tls: backboneCa === undefined ? undefined : { ca: bytesIn(backboneCa, '--backbone-ca') },
      durability: durability === undefined ? undefined : levelOf(durability),
      historyAgeMaxMs: historyAgeMs === undefined ? undefined : wholeOf(historyAgeMs, '--history-age-ms'),
      name,
    },
  };
}

function levelOf(durability: string): 'disk' | 'written' {
  if (durability === 'disk' || durability === 'written') return durability;
  throw new UsageError(`--durability is disk or written, not ${durability}.`);
}

const WORKERS_MAX = 256;

function workersOf({ workers, engine }: Config): number | undefined {
  if (workers === undefined) return undefined;
  if (engine === true) throw new UsageError('--workers and --engine exclude each other: an engine is one process.');
  const count = workers === 'auto' ? availableParallelism() : wholeOf(workers, '--workers');
  if (count <= WORKERS_MAX) return count;
  throw new UsageError(`--workers is at most ${WORKERS_MAX}.`);
}

function wholeOf(value: string | number, option: string): number {
  const number = typeof value === 'number' || /^\d{1,15}$/.test(value) ? Number(value) : 0;
  if (Number.isInteger(number) && number >= 1) return number;
  throw new UsageError(`${option} takes a whole number from 1 on, not ${value}.`);
}

function readable(path: string, option: string): string {
  bytesIn(path, option);
  return path;
}

function serveOptionsOf(settings: Config, policyFile: PolicyFile | undefined): Omit<ServeOptions, 'limits'> {
  const { name, namePublishers = false, demo = false, compress = false } = settings;
  const { sessionSecretFile, engine = false } = settings;
  const addresses = listOf(settings.listen, []).map(parseAddress);
  const tls = tlsOf(settings, addresses);
  return {
    addresses,
    policy: engine ? engineAccess(policyFile, edgeKeyOf(settings), addresses) : (policyFile ?? new StaticPolicy({})),
    origins: listOf(settings.origin, []).map(originOf),
    namePublishers,
    compress,
    demo,
    ...(tls === undefined ? {} : { tls }),
    ...(name === undefined ? {} : { name: checkedName(name) }),
    ...(sessionSecretFile === undefined ? {} : { sessionSecret: secretIn(sessionSecretFile) }),
  };
}

/** The options of the gateway, for `parseArgs`. */
export const GATEWAY_OPTIONS = {
  listen: { type: 'string', multiple: true },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  backbone: { type: 'string' },
  'backbone-key-file': { type: 'string' },
  'backbone-ca': { type: 'string' },
  durability: { type: 'string' },
  'history-age-ms': { type: 'string' },
  engine: { type: 'boolean' },
  'edge-key-file': { type: 'string' },
  workers: { type: 'string' },
  policy: { type: 'string' },
  origin: { type: 'string', multiple: true },
  'session-secret-file': { type: 'string' },
  name: { type: 'string' },
  'name-publishers': { type: 'boolean' },
  compress: { type: 'boolean' },
  demo: { type: 'boolean' },
  limit: { type: 'string', multiple: true },
  config: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

function parsed(words: readonly string[]) {
  return parsedWith(GATEWAY_OPTIONS, words);
}

/** The options of a command line. Throws `UsageError`. */
export function parsedWith<Options extends NonNullable<ParseArgsConfig['options']>>(
  options: Options,
  words: readonly string[],
) {
  try {
    return parseArgs({ args: [...words], allowNegative: true, options }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}.`);
  }
}

/** `tls-cert` is `tlsCert` in a configuration. */
function inCamelCase(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const camel = (name: string) => name.replaceAll(/-[a-z]/g, (letter) => letter.slice(1).toUpperCase());
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [camel(name), value]));
}

function listOf(value: string | readonly string[] | undefined, otherwise: readonly string[]): readonly string[] {
  if (value === undefined || value.length === 0) return otherwise;
  return typeof value === 'string' ? [value] : value;
}

function tlsOf({ tlsCert, tlsKey }: Config, addresses: readonly Address[]): TlsIdentity | undefined {
  if (tlsCert !== undefined && tlsKey !== undefined) {
    return { cert: bytesIn(tlsCert, '--tls-cert'), key: bytesIn(tlsKey, '--tls-key') };
  }
  if (tlsCert !== undefined || tlsKey !== undefined) throw new UsageError('--tls-cert and --tls-key go together.');
  const secure = addresses.find(({ scheme }) => scheme === 'wss' || scheme === 'tls');
  if (secure === undefined) return undefined;
  throw new UsageError(`${formatAddress(secure)} needs --tls-cert and --tls-key.`);
}

function edgeKeyOf({ edgeKeyFile }: Config): string | undefined {
  return edgeKeyFile === undefined ? undefined : bytesIn(edgeKeyFile, '--edge-key-file').toString('utf8').trim();
}

function secretIn(path: string): Uint8Array {
  const secret = bytesIn(path, '--session-secret-file');
  if (secret.length >= SESSION_SECRET_BYTES_MIN) return secret;
  throw new UsageError(
    `--session-secret-file: ${path} has ${secret.length} bytes; a secret has at least ${SESSION_SECRET_BYTES_MIN}.`,
  );
}

function bytesIn(path: string, option: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`${option}: ${path} cannot be read: ${(error as Error).message}.`);
  }
}

function limitsOf(changes: Readonly<Record<string, number>>): Limits {
  try {
    return limitsWith(changes);
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
