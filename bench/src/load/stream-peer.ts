/**
 * One TCP connection of the load generator, as §3.4 of the protocol says: a line each way, then frames in JSON.
 *
 * What is sent in one turn of the event loop is written in one go. A server that sends everything back answers the line
 * as a gateway does, so both are talked to with the same code.
 */

import { connect, type Socket } from 'node:net';
import { parseAddress, prefaceOf, StreamReader, streamWire } from '@micro-socket/transport';
import { BenchError } from '../errors.ts';

/** Answers that a page of history may need; nothing else is this large. */
const FRAME_BYTES_READ_MAX = 16 * 1024 * 1024;

export interface StreamPeerOptions {
  readonly address: string;
  readonly openMsMax: number;
  /** One frame has come. An error that is thrown here ends the connection and is told to `onFault`. */
  readonly onFrame: (body: Buffer) => void;
  /** The connection is of no use any more; called once. */
  readonly onFault: (error: unknown) => void;
}

export class StreamPeer {
  readonly #socket: Socket;
  #isCorked = false;

  /** Resolves when the other side has answered the line. Rejects with `BenchError` CONNECTION_LOST. */
  static open(options: StreamPeerOptions): Promise<StreamPeer> {
    const { address, openMsMax } = options;
    const to = parseAddress(address);
    if (to.scheme !== 'tcp') throw new BenchError('PROCESS_FAILED', `${address} is no tcp:// address`);
    const socket = connect({ host: to.host, port: to.port, noDelay: true });
    const line = Buffer.from(prefaceOf('json'));
    return new Promise((resolve, reject) => {
      const fail = (why: string) =>
        reject(new BenchError('CONNECTION_LOST', `could not connect to ${address}: ${why}`));
      const deadline = setTimeout(() => fail(`no answer within ${openMsMax} ms`), openMsMax);
      let begin = Buffer.alloc(0);
      const onBegin = (chunk: Buffer) => {
        begin = Buffer.concat([begin, chunk]);
        if (begin.length < line.length) return;
        clearTimeout(deadline);
        socket.removeAllListeners();
        if (begin.compare(line, 0, line.length, 0, line.length) !== 0) {
          socket.on('error', () => {}).destroy();
          fail(`it answered ${JSON.stringify(begin.toString('utf8').slice(0, 200))}`);
          return;
        }
        resolve(new StreamPeer(socket, begin.subarray(line.length), options));
      };
      socket.on('data', onBegin);
      socket.on('error', (error) => fail(error.message));
      socket.on('end', () => fail('it ended the connection'));
      socket.write(line);
    });
  }

  private constructor(socket: Socket, rest: Buffer, { onFrame, onFault }: StreamPeerOptions) {
    this.#socket = socket;
    let isOver = false;
    const end = (error: unknown) => {
      if (isOver) return;
      isOver = true;
      reader.stop();
      socket.destroy();
      onFault(error);
    };
    const lost = (why: string) => end(new BenchError('CONNECTION_LOST', why));
    const reader = new StreamReader(
      {
        onBody: (body) => {
          try {
            onFrame(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
          } catch (error) {
            end(error);
          }
        },
        onCloseRecord: (code, reason) => lost(`the connection was closed with ${code} ${reason}`),
        onBroken: (_code, problem) => lost(problem),
      },
      FRAME_BYTES_READ_MAX,
    );
    socket.on('data', (chunk) => reader.push(chunk));
    socket.on('error', (error) => lost(`the connection was lost: ${error.message}`));
    socket.on('close', () => lost('the connection was lost'));
    if (rest.length > 0) reader.push(rest);
  }

  send(frame: string | Uint8Array): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(streamWire.frame(frame));
  }

  /** Leaves without a word; nobody is told. */
  cut(): void {
    this.#socket.removeAllListeners();
    this.#socket.on('error', () => {}).destroy();
  }
}
