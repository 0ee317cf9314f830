/**
 * What Binance's spot market sends over its public WebSocket, in the streams `<symbol>@miniTicker` and
 * `<symbol>@bookTicker`, combined (`{"stream":…,"data":…}`) or raw. Nothing here keeps anything.
 *
 * Prices stay text: how many decimals they have is the instrument's to say.
 */

/** The symbol as the exchange writes it, such as `BTCUSDT`. */
interface OfSymbol {
  readonly symbol: string;
}

export type BinanceMessage =
  | (OfSymbol & { readonly kind: 'last'; readonly last: string; readonly eventTime: number })
  | (OfSymbol & { readonly kind: 'book'; readonly bid: string; readonly ask: string })
  /** The exchange is going to close this connection, and asks to dial anew. */
  | { readonly kind: 'shutdown' }
  /** An answer to a request, such as `{"result":null,"id":1}`: nothing to do. */
  | { readonly kind: 'answer' }
  /** The exchange refuses something. */
  | { readonly kind: 'error'; readonly why: string }
  /** Well-formed, and nothing that was asked for. */
  | { readonly kind: 'unknown'; readonly what: string }
  | { readonly kind: 'malformed'; readonly why: string };

type Fields = Readonly<Record<string, unknown>>;

/** Never throws. */
export function parseBinanceMessage(text: string): BinanceMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return malformed(`It is not JSON: ${excerpt(text)}`);
  }
  if (!isFields(value)) return malformed(`It is not a JSON object: ${excerpt(text)}`);
  const stream = own(value, 'stream');
  const data = own(value, 'data');
  const inside = data ?? own(value, 'event') ?? value;
  if (!isFields(inside)) return malformed(`Its data is not an object: ${excerpt(text)}`);
  return messageOf(inside, typeof stream === 'string' ? stream : undefined, text);
}

function messageOf(fields: Fields, stream: string | undefined, text: string): BinanceMessage {
  const event = own(fields, 'e');
  if (event === '24hrMiniTicker') return lastOf(fields, text);
  // The book ticker of the spot market names no event; that of futures does.
  if (event === 'bookTicker') return bookOf(fields, text);
  if (event === 'serverShutdown') return { kind: 'shutdown' };
  if (event !== undefined) return { kind: 'unknown', what: excerpt(String(event)) };
  if (stream?.endsWith('@bookTicker') || own(fields, 'u') !== undefined) return bookOf(fields, text);
  if (own(fields, 'error') !== undefined || own(fields, 'msg') !== undefined)
    return { kind: 'error', why: excerpt(text) };
  if (own(fields, 'result') !== undefined) return { kind: 'answer' };
  return { kind: 'unknown', what: excerpt(text) };
}

function lastOf(fields: Fields, text: string): BinanceMessage {
  const [symbol, last, eventTime] = [own(fields, 's'), own(fields, 'c'), own(fields, 'E')];
  if (typeof symbol !== 'string' || typeof last !== 'string' || !isTime(eventTime)) {
    return malformed(`A mini ticker has s and c as text and E as a time: ${excerpt(text)}`);
  }
  return { kind: 'last', symbol, last, eventTime };
}

function bookOf(fields: Fields, text: string): BinanceMessage {
  const [symbol, bid, ask, updateId] = [own(fields, 's'), own(fields, 'b'), own(fields, 'a'), own(fields, 'u')];
  if (typeof symbol !== 'string' || typeof bid !== 'string' || typeof ask !== 'string' || !isWhole(updateId)) {
    return malformed(`A book ticker has s, b and a as text and u as a number: ${excerpt(text)}`);
  }
  return { kind: 'book', symbol, bid, ask };
}

/** Milliseconds since 1970, before the year 5138. */
function isTime(value: unknown): value is number {
  return isWhole(value) && value > 0 && value < 100_000_000_000_000;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function malformed(why: string): BinanceMessage {
  return { kind: 'malformed', why };
}

function excerpt(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 120)}…`;
}
