/** Every transport behind one face, for what must be true of all of them. */

import { type AcceptedConnection, type Connection, InprocNetwork } from '../../src/index.ts';
import { dial, systemClock } from '../../src/node/index.ts';
import { trust } from './identity.ts';
import { Inbox } from './inbox.ts';
import { listening } from './listening.ts';
import { STREAM_SCHEMES, streamListening } from './streams.ts';

export interface Place {
  dial(encoding: 'json' | 'msgpack'): Promise<Connection>;
  /** Resolves with the next accepted connection. */
  next(): Promise<AcceptedConnection>;
  /** Cuts every link without a goodbye. */
  cutAll(): void;
  /** Cuts what is open and resolves when nothing is left. */
  close(): Promise<void>;
}

export interface Transport {
  readonly name: string;
  open(frameBytesReadMax?: number): Promise<Place>;
}

function webSocket(scheme: 'ws' | 'wss'): Transport {
  return {
    name: scheme,
    async open(frameBytesReadMax = 1_048_576) {
      const place = await listening({ frameBytesReadMax }, scheme);
      return {
        dial: (encoding) => dial(place.address, encoding, { tls: trust }),
        next: place.next,
        cutAll() {
          for (const socket of place.sockets) socket.destroy();
        },
        close: place.close,
      };
    },
  };
}

function stream(scheme: (typeof STREAM_SCHEMES)[number]): Transport {
  return {
    name: scheme,
    async open(frameBytesReadMax = 1_048_576) {
      const place = await streamListening(scheme, { frameBytesReadMax });
      return {
        dial: (encoding) => dial(place.address, encoding, { tls: trust }),
        next: place.next,
        cutAll: () => place.listener.cutAll(),
        close: place.close,
      };
    },
  };
}

const inproc: Transport = {
  name: 'inproc',
  async open(frameBytesReadMax = 1_048_576) {
    const network = new InprocNetwork(systemClock);
    const accepted = new Inbox<AcceptedConnection>();
    const listener = network.listen('here', accepted.put, { frameBytesReadMax });
    return {
      dial: (encoding) => network.dial('here', encoding),
      next: accepted.next,
      cutAll: () => listener.cutAll(),
      close() {
        listener.cutAll();
        return listener.close();
      },
    };
  },
};

export const TRANSPORTS: readonly Transport[] = [
  webSocket('ws'),
  webSocket('wss'),
  ...STREAM_SCHEMES.map(stream),
  inproc,
];
