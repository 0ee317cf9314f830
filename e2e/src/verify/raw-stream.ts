/**
 * A byte stream to a gateway, written from §3.4 and not from the code of the transport, so that a mistake of that one is
 * seen here: the preface, frames behind their length, and the close record.
 */

import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { parseAddress } from '@micro-socket/transport';
import { Mismatch } from './mismatch.ts';
import type { Settings } from './settings.ts';

/** No check reads more. */
const BYTES_MAX = 1_000_000;

/** What has come of a stream, in order. */
export interface StreamRecord {
  readonly kind: 'frame' | 'close';
  /** The body of a frame. */
  readonly body: Buffer;
  readonly code?: number;
  readonly reason?: string;
}

export class RawStream {
  readonly #socket: Socket;
  readonly #patienceMs: number;
  #bytes = Buffer.alloc(0);
  #hasEnded = false;
  #look = () => {};

  private constructor(socket: Socket, patienceMs: number) {
    this.#socket = socket;
    this.#patienceMs = patienceMs;
    socket.on('data', (chunk: Buffer) => {
      if (this.#bytes.length < BYTES_MAX) this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#look();
    });
    // A stream that is cut, whichever way, has ended.
    socket.on('error', () => {});
    for (const end of ['end', 'close'] as const) {
      socket.on(end, () => {
        this.#hasEnded = true;
        this.#look();
      });
    }
  }

  static open({ address, ca, patienceMs }: Settings): RawStream {
    const to = parseAddress(address);
    const half = { allowHalfOpen: true };
    switch (to.scheme) {
      case 'tcp':
        return new RawStream(connectPlain({ ...half, port: to.port, host: to.host }), patienceMs);
      case 'tls':
        return new RawStream(
          connectTls({ ...half, port: to.port, host: to.host, ...(ca === undefined ? {} : { ca }) }),
          patienceMs,
        );
      case 'ipc':
        return new RawStream(connectPlain({ ...half, path: to.path }), patienceMs);
      default:
        throw new RangeError(`${address} is no byte stream.`);
    }
  }

  write(...parts: readonly (string | Uint8Array)[]): void {
    this.#socket.write(Buffer.concat(parts.map((part) => Buffer.from(part as string))));
  }

  /** Resolves with the first line, without its line feed. */
  async firstLine(): Promise<string> {
    await this.#until('a line', () => this.#bytes.includes(0x0a));
    return this.#bytes.subarray(0, this.#bytes.indexOf(0x0a)).toString('utf8');
  }

  /** Resolves with `count` records behind the first line. */
  async records(count: number): Promise<StreamRecord[]> {
    await this.#until(`${count} frames or close records`, () => this.#parsed().length >= count);
    return this.#parsed().slice(0, count);
  }

  /** Resolves with everything that came when the gateway has ended its side. */
  async ended(): Promise<string> {
    await this.#until('the end of the stream', () => this.#hasEnded);
    return this.#bytes.toString('utf8');
  }

  cut(): void {
    this.#socket.destroy();
  }

  #parsed(): StreamRecord[] {
    const records: StreamRecord[] = [];
    let at = this.#bytes.indexOf(0x0a) + 1;
    while (at > 0 && this.#bytes.length >= at + 4) {
      const length = this.#bytes.readUInt32BE(at);
      const record = length === 0 ? closeAt(this.#bytes, at + 4) : frameAt(this.#bytes, at + 4, length);
      if (record === undefined) break;
      records.push(record);
      if (record.kind === 'close') break;
      at += 4 + length;
    }
    return records;
  }

  async #until(expected: string, isThere: () => boolean): Promise<void> {
    const came = () =>
      `${JSON.stringify(this.#bytes.subarray(0, 200).toString('latin1'))}${this.#hasEnded ? ' and the end' : ''}`;
    await new Promise<void>((resolve, reject) => {
      const end = (finish: () => void) => {
        clearTimeout(timer);
        this.#look = () => {};
        finish();
      };
      const timer = setTimeout(() => end(() => reject(new Mismatch(expected, came()))), this.#patienceMs);
      this.#look = () => {
        if (isThere()) end(resolve);
        else if (this.#hasEnded) end(() => reject(new Mismatch(expected, came())));
      };
      this.#look();
    });
  }
}

/** A frame behind its length. */
export function framed(body: string | Uint8Array): Uint8Array {
  const bytes = Buffer.from(body as string);
  return Buffer.concat([lengthOf(bytes.length), bytes]);
}

/** The length before a body, in four bytes. */
export function lengthOf(bytes: number): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes);
  return length;
}

/** The last thing that is said in a stream. */
export function closeRecord(code: number, reason: string): Uint8Array {
  const text = Buffer.from(reason);
  const head = Buffer.alloc(8);
  head.writeUInt16BE(code, 4);
  head.writeUInt16BE(text.length, 6);
  return Buffer.concat([head, text]);
}

function frameAt(bytes: Buffer, at: number, length: number): StreamRecord | undefined {
  return bytes.length < at + length ? undefined : { kind: 'frame', body: bytes.subarray(at, at + length) };
}

function closeAt(bytes: Buffer, at: number): StreamRecord | undefined {
  if (bytes.length < at + 4) return undefined;
  const length = bytes.readUInt16BE(at + 2);
  if (bytes.length < at + 4 + length) return undefined;
  const reason = bytes.subarray(at + 4, at + 4 + length).toString('utf8');
  return { kind: 'close', body: Buffer.alloc(0), code: bytes.readUInt16BE(at), reason };
}
