/** One form for every address: `ws://127.0.0.1:8080`, `ws://[::1]:8080/ws`. */

import { AddressError } from './errors.ts';

/** The schemes that are spoken today. */
const SCHEMES = ['ws:', 'wss:'];

export interface Address {
  readonly scheme: 'ws' | 'wss';
  readonly host: string;
  /** 0 asks the system for a free port. */
  readonly port: number;
  /** Always starts with a slash. */
  readonly path: string;
}

/** The path at which a gateway speaks the protocol. */
export const DEFAULT_PATH = '/ws';

/** Reads an address. Throws `AddressError` that says what is wrong with it. */
export function parseAddress(text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw new AddressError(text, 'it is not of the form ws://host:port');
  if (!SCHEMES.includes(url.protocol)) throw new AddressError(text, `use ws://host:port, not ${url.protocol}//`);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new AddressError(text, 'tokens travel in the setup frame, so an address has no user, query or fragment');
  }
  const scheme = url.protocol === 'ws:' ? 'ws' : 'wss';
  return {
    scheme,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (scheme === 'ws' ? 80 : 443) : Number(url.port),
    path: url.pathname === '/' ? DEFAULT_PATH : url.pathname,
  };
}

/** The text form of an address. */
export function formatAddress(address: Address): string {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${address.scheme}://${host}:${address.port}${address.path}`;
}
