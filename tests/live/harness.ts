/** A real Vite server with the live plugin, and plain HTTP requests to it in which every header can be chosen. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type InlineConfig, type ViteDevServer } from 'vite';
import { type LivePluginOptions, livePlugin } from '../../.vitepress/live/plugin.ts';
import type { Timers } from '../../.vitepress/live/timers.ts';
import { LineSplitter } from '../../tools/runs/line-splitter.ts';
import { freePort } from './free-port.ts';
import { noteProcess } from './processes.ts';
import { testTable } from './table.ts';

export interface TestServer {
  readonly vite: ViteDevServer;
  readonly port: number;
  readonly token: string;
  /** Stands for the root of the repository: results are written below it. */
  readonly root: string;
  close(): Promise<void>;
}

export async function startServer(options: LivePluginOptions = {}, config: InlineConfig = {}): Promise<TestServer> {
  const root = await mkdtemp(join(tmpdir(), 'micro-socket-live-'));
  await writeFile(join(root, 'index.html'), '<!doctype html><title>test</title>');
  const port = await freePort();
  const vite = await createServer({
    configFile: false,
    root,
    logLevel: 'silent',
    plugins: [livePlugin({ root, table: testTable, env: { PATH: process.env['PATH'] }, ...options })],
    ...config,
    server: { port, strictPort: true, hmr: false, ...config.server },
  });
  await vite.listen();
  const close = async (): Promise<void> => {
    await vite.close();
    await rm(root, { recursive: true, force: true });
  };
  return { vite, port, token: (await liveModule(port)).token, root, close };
}

/** What a page of the server sees in the virtual module. */
export async function liveModule(port: number): Promise<{ live: boolean; token: string; reason: string | undefined }> {
  const response = await fetch(`http://localhost:${port}/@id/__x00__virtual:micro-socket-live`);
  const code = await response.text();
  const value = (name: string): string => new RegExp(`const ${name} = (.*?);`).exec(code)?.[1] ?? 'undefined';
  const reason = value('reason');
  return {
    live: JSON.parse(value('live')),
    token: JSON.parse(value('token')),
    reason: reason === 'undefined' ? undefined : JSON.parse(reason),
  };
}

export type Json = Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** The next line of the answer, or undefined after the last. */
  next(): Promise<Json | undefined>;
  /** All lines that are left. */
  rest(): Promise<Json[]>;
  /** Leaves, as a page does that is closed. */
  abort(): void;
}

export interface Ask {
  readonly path: string;
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly rawBody?: string | Buffer;
  readonly method?: string;
  /** Replaces single headers; `undefined` leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Address to connect to. */
  readonly address?: string;
}

/** Sends a request as a page of the server would, except for what `ask` changes. */
export function ask(server: Pick<TestServer, 'port' | 'token'>, ask: Ask): Promise<Answer> {
  const host = `localhost:${server.port}`;
  const headers: Record<string, string> = {};
  const wanted = { host, origin: `http://${host}`, 'x-micro-socket-token': server.token, ...ask.headers };
  for (const [name, value] of Object.entries(wanted)) if (value !== undefined) headers[name] = value;
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      host: ask.address ?? 'localhost',
      port: server.port,
      path: ask.path,
      method: ask.method ?? 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      setHost: false,
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => resolve(answerOf(response, () => outgoing.destroy())));
    outgoing.end(ask.rawBody ?? JSON.stringify(ask.body ?? {}));
  });
}

function answerOf(response: IncomingMessage, abort: () => void): Answer {
  const lines = jsonLines(response);
  const next = async (): Promise<Json | undefined> => {
    const { value, done } = await lines.next();
    return done === true ? undefined : value;
  };
  const rest = async (): Promise<Json[]> => {
    const left: Json[] = [];
    for (let line = await next(); line !== undefined; line = await next()) left.push(line);
    return left;
  };
  return { status: response.statusCode ?? 0, headers: response.headers, next, rest, abort };
}

async function* jsonLines(response: IncomingMessage): AsyncGenerator<Json, void> {
  const splitter = new LineSplitter(Number.POSITIVE_INFINITY);
  for await (const chunk of response) for (const line of splitter.push(chunk)) yield JSON.parse(line.text);
  for (const line of splitter.end()) yield JSON.parse(line.text);
}

/** Status and error code of a refused request. */
export async function refusalOf(answer: Answer): Promise<{ status: number; code: unknown; field?: unknown }> {
  const body = (await answer.next()) as { error?: { code?: unknown; field?: unknown } } | undefined;
  return {
    status: answer.status,
    code: body?.error?.code,
    ...(body?.error?.field === undefined ? {} : { field: body.error.field }),
  };
}

/** Reads log lines until `count` processes have said who they are. */
export async function pidsFrom(answer: Answer, count: number): Promise<number[]> {
  const pids: number[] = [];
  while (pids.length < count) {
    const line = await answer.next();
    if (line === undefined) throw new Error(`the answer ended after ${pids.length} of ${count} processes`);
    const pid = /^pid (\d+)$/.exec(String(line['line']))?.[1];
    if (pid === undefined) continue;
    noteProcess(Number(pid));
    pids.push(Number(pid));
  }
  return pids;
}

/** Timers that only a test moves. */
export class ManualTimers implements Timers {
  readonly #waiting = new Map<number, Set<() => void>>();

  after(ms: number, action: () => void): () => void {
    const actions = this.#waiting.get(ms) ?? new Set();
    this.#waiting.set(ms, actions);
    // A function of its own, so that one action can wait twice.
    const entry = (): void => action();
    actions.add(entry);
    return () => actions.delete(entry);
  }

  /** How many wait for that duration. */
  waiting(ms: number): number {
    return this.#waiting.get(ms)?.size ?? 0;
  }

  /** Lets that duration pass for everyone who waits for it. */
  pass(ms: number): void {
    const actions = [...(this.#waiting.get(ms) ?? [])];
    this.#waiting.get(ms)?.clear();
    for (const action of actions) action();
  }
}
