/**
 * An exchange that speaks as Binance's public WebSocket does: the combined streams `<symbol>@bookTicker` and
 * `<symbol>@miniTicker`. What it says, and when, is the test's; it can be killed and come back on its port.
 */

import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { freePort } from '../free-port.ts';
import type { World } from '../world.ts';

export class Exchange {
  readonly #port: number;
  #server: WebSocketServer | undefined;
  #updates = 400_900_217;
  #wake: () => void = () => {};

  private constructor(port: number) {
    this.#port = port;
  }

  /** Opens one that ends with the test. */
  static async open(world: World): Promise<Exchange> {
    const exchange = new Exchange(await freePort());
    world.onEnd(() => exchange.kill());
    await exchange.open();
    return exchange;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  /** Opens it, again where it was killed. */
  async open(): Promise<void> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: this.#port });
    this.#server = server;
    server.on('connection', (_, request) => {
      if (streamsOf(request).length > 0) this.#wake();
    });
    await once(server, 'listening');
  }

  /** Resolves when somebody listens. */
  async isHeard(): Promise<void> {
    while ((this.#server?.clients.size ?? 0) === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The best prices of a symbol, as text. */
  book(symbol: string, bid: string, ask: string): void {
    this.#updates += 1;
    const data = { u: this.#updates, s: symbol, b: bid, B: '31.21000000', a: ask, A: '40.66000000' };
    this.#say(`${symbol.toLowerCase()}@bookTicker`, data);
  }

  /** The price of the newest trade, as text. */
  last(symbol: string, price: string): void {
    const data = {
      e: '24hrMiniTicker',
      E: Date.now(),
      s: symbol,
      c: price,
      o: price,
      h: price,
      l: price,
      v: '1',
      q: '1',
    };
    this.#say(`${symbol.toLowerCase()}@miniTicker`, data);
  }

  /** Ends every connection without a word, and lets nobody in. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    for (const socket of server.clients) socket.terminate();
    server.close();
    await closed;
  }

  #say(stream: string, data: object): void {
    const text = JSON.stringify({ stream, data });
    for (const socket of this.#server?.clients ?? new Set<WebSocket>()) socket.send(text);
  }
}

function streamsOf({ url = '' }: IncomingMessage): string[] {
  return new URL(url, 'ws://exchange').searchParams.get('streams')?.split('/') ?? [];
}
