/** The REST endpoints of a price feed, as somebody with `fetch` uses them. */

import assert from 'node:assert/strict';
import type { MarginsText } from './expected-price.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** `undefined` for an answer without a body. */
  readonly body: unknown;
}

export interface Ask {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A channel as the feed tells it. */
export interface ChannelBody {
  readonly id: string;
  readonly topic: string;
  readonly epoch: string;
  readonly version: number;
  readonly margins: MarginsText;
}

/** The part of `GET /stats` that is about the source of the process. */
export interface SourceStats {
  readonly state: string;
  readonly accepted: number;
  readonly stored: number;
  readonly conflated: number;
  readonly refused: Readonly<Record<string, number>>;
}

export class Desk {
  readonly #base: string;
  readonly #token: string | undefined;

  /** An empty token is none. */
  constructor(address: string, token: string | undefined) {
    this.#base = address.replace('ws:', 'http:').replace(/\/ws$/, '');
    this.#token = token === '' ? undefined : token;
  }

  async ask(method: string, path: string, { body, headers = {} }: Ask = {}): Promise<Reply> {
    // A kept connection may be given up by the gateway in the very moment in which it is used again.
    const sent: Record<string, string> = { connection: 'close', ...headers };
    if (this.#token !== undefined) sent['authorization'] = `Bearer ${this.#token}`;
    if (body !== undefined) sent['content-type'] ??= 'application/json';
    const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    const response = await fetch(this.#base + path, {
      method,
      headers: sent,
      ...(text === undefined ? {} : { body: text }),
    });
    const came = await response.text();
    return { status: response.status, headers: response.headers, body: came === '' ? undefined : JSON.parse(came) };
  }

  async create(id: string, margins: MarginsText): Promise<ChannelBody> {
    const { status, body } = await this.ask('POST', '/channels', { body: { id, margins } });
    assert.equal(status, 201, JSON.stringify(body));
    return body as ChannelBody;
  }

  /** Sets margins. What the patch does not name stays as it is. */
  async change(id: string, margins: MarginsText, ifMatch = '*'): Promise<ChannelBody> {
    const headers = { 'if-match': ifMatch, 'content-type': 'application/merge-patch+json' };
    const { status, body } = await this.ask('PATCH', `/channels/${id}`, { body: { margins }, headers });
    assert.equal(status, 200, JSON.stringify(body));
    return body as ChannelBody;
  }

  async sourceStats(): Promise<SourceStats> {
    const { body } = await this.ask('GET', '/stats');
    const { priceFeed } = body as { priceFeed?: { source?: SourceStats } };
    assert(priceFeed?.source, 'GET /stats tells nothing of the source');
    return priceFeed.source;
  }
}
