import type { Encoding } from '@micro-socket/protocol';
import { dial, systemClock, systemRandom } from '@micro-socket/transport/browser';
import { Client } from '../core/client.ts';
import type { ClientOptions } from '../core/client-options.ts';

export interface ConnectOptions extends ClientOptions {
  /** How frames are written: compact MessagePack (default) or readable JSON. */
  readonly encoding?: Encoding;
}

/**
 * Connects to a gateway, such as `ws://127.0.0.1:8080`, and resolves when it is ready. From then on a lost connection is
 * made again, unless `reconnect` is false. Rejects with `AddressError` or `DialError` when nobody can be reached there,
 * with `ProtocolError` when the gateway refuses the setup, and with `ConnectTimeoutError`.
 */
export async function connect(address: string, options: ConnectOptions = {}): Promise<Client> {
  const { encoding = 'msgpack', connectTimeoutMs: timeoutMs } = options;
  const dialOptions = timeoutMs === undefined ? {} : { timeoutMs };
  const ports = { dial: () => dial(address, encoding, dialOptions), clock: systemClock, random: systemRandom };
  return new Client(ports, options).open();
}
