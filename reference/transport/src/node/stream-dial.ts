/** The dialling side of a byte stream: TCP, TLS or a Unix socket (§3.4). */

import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Encoding } from '@micro-socket/protocol';
import { formatAddress, type IpcAddress, type TcpAddress } from '../address.ts';
import { DialError } from '../errors.ts';
import type { Connection } from '../ports/connection.ts';
import { ANSWER_BYTES_MAX, answerProblem, prefaceOf } from '../stream/preface.ts';
import type { DialLimits, DialTlsOptions } from './dial-options.ts';
import { dialProblem } from './dial-problem.ts';
import { readFirstLine } from './first-line.ts';
import { KEEP_ALIVE_MS } from './keep-alive.ts';
import { StreamConnection } from './stream-connection.ts';
import { systemClock } from './system-ports.ts';

/** Resolves when the gateway has answered the preface. Rejects with `DialError`. */
export function dialStream(
  address: TcpAddress | IpcAddress,
  encoding: Encoding,
  { timeoutMs, frameBytesReadMax }: DialLimits,
  tls: DialTlsOptions,
): Promise<Connection> {
  const remoteAddress = formatAddress(address);
  return new Promise((resolve, reject) => {
    const socket = socketTo(address, tls);
    const settle = () => {
      deadline.cancel();
      socket.off('error', failed).off('end', ended);
    };
    const refuse = (problem: string, cause?: Error) => {
      settle();
      // What is still under way when it is destroyed has nobody else to tell.
      socket.on('error', () => {}).destroy();
      reject(new DialError(remoteAddress, problem, { cause }));
    };
    const failed = (error: Error) => refuse(dialProblem(error), error);
    const ended = () => refuse('it ended the connection before it answered');
    const deadline = systemClock.after(timeoutMs, () => refuse(`nobody answered within ${timeoutMs} ms`));
    socket.on('error', failed).on('end', ended);
    socket.write(prefaceOf(encoding));
    readFirstLine(socket, ANSWER_BYTES_MAX, (line) => {
      const problem = answerProblem(line ?? '', encoding);
      if (problem !== undefined) return refuse(problem);
      settle();
      resolve(new StreamConnection({ socket, encoding, remoteAddress, frameBytesReadMax, clock: systemClock }));
    });
  });
}

/** Throws `DialError` for TLS options that cannot be used. */
function socketTo(address: TcpAddress | IpcAddress, tls: DialTlsOptions): Socket {
  if (address.scheme === 'ipc') return connect(address.path);
  const { host, port } = address;
  if (address.scheme === 'tcp') return tuned(connect(port, host));
  // TLS names hosts by their names only, never by an IP address.
  const servername = isIP(host) === 0 ? { servername: host } : {};
  try {
    return tuned(connectTls({ host, port, ...servername, ...tls }));
  } catch (cause) {
    const problem = `its TLS options cannot be used: ${(cause as Error).message}`;
    throw new DialError(formatAddress(address), problem, { cause });
  }
}

function tuned(socket: Socket): Socket {
  return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
}
