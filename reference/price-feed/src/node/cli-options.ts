/** What the price feed command understands: the options of a gateway, and its own. */

import { readFileSync } from 'node:fs';
import {
  commandOf,
  GATEWAY_OPTIONS,
  type GatewayCommand,
  OPTIONS_HELP,
  parsedWith,
  UsageError,
} from '@micro-socket/gateway/command';
import { checkedChannelId, checkedMainTopic } from '../core/channel-id.ts';
import { PriceFeedError } from '../core/errors.ts';
import type { Instrument } from '../core/instrument.ts';
import { DEFAULT_MAIN_TOPIC } from '../core/price-backbone.ts';
import { FILE_FORMATS, type FileFormat } from '../core/sources/file-format.ts';
import { parseInstrumentOption } from '../core/sources/instrument-option.ts';
import { parseSpeed, type Speed } from '../core/sources/speed.ts';

const DEFAULT_LISTEN = 'ws://127.0.0.1:4000';
/** Every tick has a messageId that is remembered for this long: with two minutes, 8,000 ticks a second would be too many. */
const FEED_LIMITS = { dedupWindowMs: 30_000 };

const DEFAULT_SYMBOLS = 'BTCUSDT,ETHUSDT,BNBUSDT';

export const HELP = `Usage: npm run price-feed -- [options]

Starts a gateway with a price feed: one main topic of exact prices, and channels that are derived from it by margins.

  --source SOURCE     where prices come from:
                        simulator (default)  a market that is made up, the same for the same seed
                        file:PATH            a recorded file: CSV or NDJSON, or Binance's public trades
                        binance              the exchange's public WebSocket
                        none                 nowhere: another process has the source, on the same backbone
  --main TOPIC        the main topic (default ${DEFAULT_MAIN_TOPIC}); channel gold is then ${DEFAULT_MAIN_TOPIC}.gold
  --channels FILE     JSON file with channels that are created unless they are there:
                      { "gold": { "BTCUSDT": { "bid": { "basisPoints": "10" }, "ask": { "amount": "0.50" } } } }
  --instrument ID:DECIMALS:STEP
                      an instrument, such as BTCUSDT:2:0.01; may be given more than once. Sources know some already
  --stale-after-ms N  for how long the source may say nothing until prices are stale (default 1500)
  --jump-max PERCENT  how far a price may be from the one before (default 50); further ones are refused at first

  --seed N            of the simulator (default: another one each time)
  --ticks-per-second N
                      of the simulator, over all instruments (default 20)
  --speed SPEED       of a file: recorded (default), full, or a factor such as 10
  --format FORMAT     of a file, where it cannot be told: ${FILE_FORMATS.join(', ')}
  --file-instrument ID
                      of a file that does not name it
  --bad-lines WHAT    what to do about a line that cannot be read: skip (default) or fatal; both tell its number
  --repeat            begins a file again when it has ended
  --symbols LIST      of binance (default ${DEFAULT_SYMBOLS})
  --binance-url URL   of binance, where it is not the public one

And the options of npm run gateway:

${OPTIONS_HELP.replace('DEFAULT', DEFAULT_LISTEN)}  --help              this text

The bound dedupWindowMs is ${FEED_LIMITS.dedupWindowMs} here: every tick has an id that is remembered for so long.
Without --policy, whoever reaches an address of this machine may read everything, and a token that is printed may write.
Prints one line for each address that it is bound to. GET /docs shows what can be asked over HTTP. SIGTERM or Ctrl+C
says goodbye to the clients and ends it.
`;

const FEED_OPTIONS = {
  source: { type: 'string' },
  main: { type: 'string' },
  channels: { type: 'string' },
  instrument: { type: 'string', multiple: true },
  'stale-after-ms': { type: 'string' },
  'jump-max': { type: 'string' },
  seed: { type: 'string' },
  'ticks-per-second': { type: 'string' },
  speed: { type: 'string' },
  format: { type: 'string' },
  'file-instrument': { type: 'string' },
  'bad-lines': { type: 'string' },
  repeat: { type: 'boolean' },
  symbols: { type: 'string' },
  'binance-url': { type: 'string' },
} as const;

/** Which source was chosen, and what was said of it. */
export type SourceChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'simulator'; readonly seed: number | undefined; readonly ticksPerSecond: number | undefined }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly speed: Speed | undefined;
      readonly format: FileFormat | undefined;
      readonly instrument: string | undefined;
      readonly badLines: 'skip' | 'fatal' | undefined;
      readonly repeat: boolean;
    }
  | { readonly kind: 'binance'; readonly symbols: readonly string[]; readonly url: string | undefined };

export interface FeedCommand {
  readonly gateway: GatewayCommand;
  readonly mainTopic: string;
  readonly source: SourceChoice;
  /** Margins of channels, as people write them, by channel. */
  readonly channels: Readonly<Record<string, unknown>>;
  readonly instruments: readonly Instrument[];
  readonly staleAfterMs: number | undefined;
  /** A share: 0.5 is half. */
  readonly jumpMax: number | undefined;
}

type Given = ReturnType<typeof parsed>;

/** Reads the command line, and the files that it names. Throws `UsageError`, `AddressError` or `PolicyError`. */
export function parseFeedCommand(words: readonly string[]): FeedCommand {
  const given = parsed(words);
  const gatewayWords = Object.fromEntries(Object.entries(given).filter(([name]) => name in GATEWAY_OPTIONS));
  const gateway = commandOf(gatewayWords as Parameters<typeof commandOf>[0], DEFAULT_LISTEN, FEED_LIMITS);
  refuseWhatDoesNotFit(gateway, given);
  const jump = given['jump-max'];
  return {
    gateway,
    mainTopic: checked(() => checkedMainTopic(given.main ?? DEFAULT_MAIN_TOPIC), '--main'),
    source: sourceOf(given),
    channels: given.channels === undefined || gateway.help ? {} : channelsIn(given.channels),
    instruments: (given.instrument ?? []).map((text) => checked(() => parseInstrumentOption(text), '--instrument')),
    staleAfterMs: numberOf(given, 'stale-after-ms', 100, 600_000),
    jumpMax: jump === undefined ? undefined : (numberOf(given, 'jump-max', 1, 10_000) as number) / 100,
  };
}

function parsed(words: readonly string[]) {
  return parsedWith({ ...GATEWAY_OPTIONS, ...FEED_OPTIONS }, words);
}

function refuseWhatDoesNotFit({ workers, isEngine }: GatewayCommand, given: Given): void {
  if (workers !== undefined) {
    throw new UsageError(
      '--workers is for npm run gateway: one process has the source, so start others with --source none.',
    );
  }
  if (isEngine)
    throw new UsageError('--engine is for npm run engine; a price feed can have an engine as its --backbone.');
  const only = (option: keyof Given, kinds: readonly string[]) => {
    const { source = 'simulator' } = given;
    if (given[option] === undefined || kinds.includes(source.split(':')[0] as string)) return;
    throw new UsageError(`--${option} has no meaning with --source ${source}.`);
  };
  for (const option of ['seed', 'ticks-per-second'] as const) only(option, ['simulator']);
  for (const option of ['speed', 'format', 'file-instrument', 'bad-lines', 'repeat'] as const) only(option, ['file']);
  for (const option of ['symbols', 'binance-url'] as const) only(option, ['binance']);
}

function sourceOf(given: Given): SourceChoice {
  const { source = 'simulator' } = given;
  if (source === 'none') return { kind: 'none' };
  if (source === 'simulator') {
    return {
      kind: 'simulator',
      seed: numberOf(given, 'seed', 0, 0xffff_ffff),
      ticksPerSecond: numberOf(given, 'ticks-per-second', 1, 10_000),
    };
  }
  if (source.startsWith('file:') && source.length > 'file:'.length) return fileOf(source.slice('file:'.length), given);
  if (source === 'binance') {
    const symbols = (given.symbols ?? DEFAULT_SYMBOLS).split(',').map((symbol) => symbol.trim().toUpperCase());
    return { kind: 'binance', symbols, url: given['binance-url'] };
  }
  throw new UsageError(`--source is simulator, file:PATH, binance or none, not ${source}.`);
}

function fileOf(path: string, given: Given): SourceChoice {
  const { speed, format, repeat = false } = given;
  const badLines = given['bad-lines'];
  if (badLines !== undefined && badLines !== 'skip' && badLines !== 'fatal') {
    throw new UsageError(`--bad-lines is skip or fatal, not ${badLines}.`);
  }
  return {
    kind: 'file',
    path,
    speed: speed === undefined ? undefined : checked(() => parseSpeed(speed), '--speed'),
    format: format === undefined ? undefined : formatOf(format),
    instrument: given['file-instrument'],
    badLines,
    repeat,
  };
}

function formatOf(text: string): FileFormat {
  const format = FILE_FORMATS.find((known) => known === text);
  if (format !== undefined) return format;
  throw new UsageError(`--format is one of ${FILE_FORMATS.join(', ')}, not ${text}.`);
}

function channelsIn(path: string): Record<string, unknown> {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`--channels: ${path} cannot be read: ${(error as Error).message}.`);
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new UsageError(`--channels: ${path} is to be an object: the margins of each channel by its name.`);
  }
  for (const id of Object.keys(document)) checked(() => checkedChannelId(id), `--channels: ${id}`);
  return document as Record<string, unknown>;
}

function numberOf(given: Given, option: keyof Given & string, min: number, max: number): number | undefined {
  const text = given[option];
  if (text === undefined) return undefined;
  const number = /^\d{1,12}$/.test(String(text)) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new UsageError(`--${option} takes a whole number from ${min} to ${max}, not ${text}.`);
}

/** What the core finds wrong is a fault of the command line here. */
function checked<T>(read: () => T, option: string): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof PriceFeedError ? new UsageError(`${option}: ${error.message}`) : error;
  }
}
