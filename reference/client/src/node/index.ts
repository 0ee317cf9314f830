import type { Encoding } from '@micro-socket/protocol';
import { dial, systemClock, systemRandom } from '@micro-socket/transport/node';
import { Client, type ClientOptions } from '../core/client.ts';

export interface ConnectOptions extends ClientOptions {
  /** How frames are written: compact MessagePack (default) or readable JSON. */
  readonly encoding?: Encoding;
}

/**
 * Connects to a gateway, such as `ws://127.0.0.1:8080`, and resolves when it is ready. Rejects with `AddressError` or
 * `DialError` when nobody can be reached there, and with `ProtocolError` when the gateway refuses the setup.
 */
export async function connect(address: string, options: ConnectOptions = {}): Promise<Client> {
  const connection = await dial(address, options.encoding ?? 'msgpack');
  return new Client(connection, systemClock, systemRandom, options).open();
}
