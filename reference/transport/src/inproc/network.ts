/**
 * Names inside one process: a gateway listens on `inproc://engine`, and a client of the same process dials it. There is
 * no network and nothing to wait for, so a dial succeeds or fails at once.
 */

import type { Encoding } from '@micro-socket/protocol';
import { formatAddress, type InprocAddress } from '../address.ts';
import { DialError, ListenError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { AcceptedConnection, Connection } from '../ports/connection.ts';
import type { Listener } from '../ports/listener.ts';
import { type InprocEnd, inprocPair } from './pair.ts';

export interface InprocListenOptions {
  /** Largest frame that is read at all; beyond it the connection ends with 1009. Default: any. */
  readonly frameBytesReadMax?: number;
}

export class InprocNetwork {
  readonly #clock: Clock;
  readonly #listeners = new Map<string, InprocListener>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes a name. Throws `ListenError` when it is taken. */
  listen(
    name: string,
    onConnection: (connection: AcceptedConnection) => void,
    options: InprocListenOptions = {},
  ): Listener {
    const address: InprocAddress = { scheme: 'inproc', name };
    if (this.#listeners.has(name)) {
      throw new ListenError(formatAddress(address), 'the name is in use; choose another one');
    }
    const forget = () => void this.#listeners.delete(name);
    const listener = new InprocListener({ address, clock: this.#clock, onConnection, onClose: forget, ...options });
    this.#listeners.set(name, listener);
    return listener;
  }

  /** Connects to who has the name. Rejects with `DialError` when nobody has. */
  async dial(name: string, encoding: Encoding): Promise<Connection> {
    const listener = this.#listeners.get(name);
    if (listener !== undefined) return listener.accept(encoding);
    const address = formatAddress({ scheme: 'inproc', name });
    throw new DialError(address, 'nobody listens under that name in this process');
  }
}

interface InprocListenerOptions extends InprocListenOptions {
  readonly address: InprocAddress;
  readonly clock: Clock;
  readonly onConnection: (connection: AcceptedConnection) => void;
  /** The name is free again. */
  readonly onClose: () => void;
}

class InprocListener implements Listener {
  readonly address: InprocAddress;
  readonly #options: InprocListenerOptions;
  readonly #ends = new Set<InprocEnd>();
  #closing: Promise<void> | undefined;
  #onEmpty: () => void = () => {};

  constructor(options: InprocListenerOptions) {
    this.address = options.address;
    this.#options = options;
  }

  accept(encoding: Encoding): Connection {
    const { clock, frameBytesReadMax, onConnection } = this.#options;
    const { client, gateway } = inprocPair({
      clock,
      encoding,
      ...(frameBytesReadMax === undefined ? {} : { frameBytesReadMax }),
      onEnd: () => {
        this.#ends.delete(gateway);
        if (this.#ends.size === 0) this.#onEmpty();
      },
    });
    this.#ends.add(gateway);
    onConnection(gateway);
    return client;
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#options.onClose();
      this.#onEmpty = resolve;
      if (this.#ends.size === 0) resolve();
    });
    return this.#closing;
  }

  cutAll(): void {
    for (const end of this.#ends) end.cut();
  }
}
