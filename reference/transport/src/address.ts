/**
 * One form for every address:
 *
 *     ws://127.0.0.1:8080     wss://example.com/ws     WebSocket, in the clear or over TLS
 *     tcp://127.0.0.1:7000    tls://example.com        a byte stream, in the clear or over TLS (§3.4)
 *     ipc:///run/ms.sock      ipc:ms.sock              a byte stream over a Unix socket, by absolute or relative path
 *     inproc://engine                                  inside one process
 */

import { AddressError } from './errors.ts';

export interface WebSocketAddress {
  readonly scheme: 'ws' | 'wss';
  readonly host: string;
  /** 0 asks the system for a free port. */
  readonly port: number;
  /** Always starts with a slash. */
  readonly path: string;
}

export interface TcpAddress {
  readonly scheme: 'tcp' | 'tls';
  readonly host: string;
  /** 0 asks the system for a free port. */
  readonly port: number;
}

export interface IpcAddress {
  readonly scheme: 'ipc';
  /** The path of the socket file; a relative one starts at the working directory of the process. */
  readonly path: string;
}

export interface InprocAddress {
  readonly scheme: 'inproc';
  readonly name: string;
}

/** An address of any transport, told apart by `scheme`. */
export type Address = WebSocketAddress | TcpAddress | IpcAddress | InprocAddress;

/** The path at which a gateway speaks the protocol over WebSocket. */
export const DEFAULT_PATH = '/ws';

/** What a socket file's path may have: `sun_path` has 108 bytes on Linux, and the last one ends it. */
export const IPC_PATH_BYTES_MAX = 107;

const DEFAULT_PORTS = { ws: 80, wss: 443, tcp: 7000, tls: 7000 } as const;

const FORMS = 'ws://host:port, wss://host:port, tcp://host:port, tls://host:port, ipc:///path or inproc://name';

const INPROC_NAME = /^[A-Za-z0-9_.:~-]{1,128}$/;

/** Reads an address. Throws `AddressError` that says what is wrong with it. */
export function parseAddress(text: string): Address {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(text) ?? [];
  switch (scheme.toLowerCase()) {
    case 'ws':
      return webSocketAddress('ws', text, rest);
    case 'wss':
      return webSocketAddress('wss', text, rest);
    case 'tcp':
      return tcpAddress('tcp', text, rest);
    case 'tls':
      return tcpAddress('tls', text, rest);
    case 'ipc':
      return ipcAddress(text, rest);
    case 'inproc':
      return inprocAddress(text, rest);
    default:
      throw new AddressError(text, rest.startsWith('//') ? `use ${FORMS}, not ${scheme}://` : `use ${FORMS}`);
  }
}

/** The text form of an address. */
export function formatAddress(address: Address): string {
  switch (address.scheme) {
    case 'ws':
    case 'wss':
      return `${address.scheme}://${hostText(address.host)}:${address.port}${address.path}`;
    case 'tcp':
    case 'tls':
      return `${address.scheme}://${hostText(address.host)}:${address.port}`;
    case 'ipc':
      return address.path.startsWith('/') ? `ipc://${address.path}` : `ipc:${address.path}`;
    case 'inproc':
      return `inproc://${address.name}`;
  }
}

function webSocketAddress(scheme: 'ws' | 'wss', text: string, rest: string): WebSocketAddress {
  const { host, port, path } = networkParts(scheme, text, rest);
  return { scheme, host, port, path: path === '/' ? DEFAULT_PATH : path };
}

function tcpAddress(scheme: 'tcp' | 'tls', text: string, rest: string): TcpAddress {
  const { host, port, path } = networkParts(scheme, text, rest);
  if (path !== '/') throw new AddressError(text, `a ${scheme} address is ${scheme}://host:port without a path`);
  return { scheme, host, port };
}

/**
 * Host, port and path by the rules of the URL standard. They are read twice, because the standard normalises hosts in
 * schemes that it knows only, such as ws, and tells a default port from an absent one in all others only.
 */
function networkParts(scheme: 'ws' | 'wss' | 'tcp' | 'tls', text: string, rest: string) {
  const known = URL.canParse(`ws:${rest}`) ? new URL(`ws:${rest}`) : undefined;
  const bare = URL.canParse(`tcp:${rest}`) ? new URL(`tcp:${rest}`) : undefined;
  if (known === undefined || bare === undefined || bare.hostname === '') {
    throw new AddressError(text, `it is not of the form ${scheme}://host:port`);
  }
  if (known.username !== '' || known.password !== '' || known.search !== '' || known.hash !== '')
    throw withExtras(text);
  return {
    host: known.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: bare.port === '' ? DEFAULT_PORTS[scheme] : Number(bare.port),
    path: known.pathname,
  };
}

function ipcAddress(text: string, rest: string): IpcAddress {
  if (rest.includes('?') || rest.includes('#')) throw withExtras(text);
  const isAuthority = rest.startsWith('//') && !rest.startsWith('///');
  const path = rest.startsWith('///') ? rest.slice(2) : rest;
  if (path === '' || isAuthority || /\p{Cc}/u.test(path)) {
    throw new AddressError(text, 'it is not of the form ipc:///absolute/path.sock or ipc:relative/path.sock');
  }
  const bytes = new TextEncoder().encode(path).length;
  if (bytes > IPC_PATH_BYTES_MAX) {
    throw new AddressError(
      text,
      `its path has ${bytes} bytes, and a socket file's path has ${IPC_PATH_BYTES_MAX} at most`,
    );
  }
  return { scheme: 'ipc', path };
}

function inprocAddress(text: string, rest: string): InprocAddress {
  if (/[?#@]/.test(rest)) throw withExtras(text);
  const name = rest.startsWith('//') ? rest.slice(2) : '';
  if (!INPROC_NAME.test(name)) {
    throw new AddressError(text, 'use inproc://name with a name of 1 to 128 letters, digits, or any of _ . : ~ -');
  }
  return { scheme: 'inproc', name };
}

/** A host as it stands in an address: IPv6 in brackets. */
function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function withExtras(text: string): AddressError {
  return new AddressError(text, 'tokens travel in the setup frame, so an address has no user, query or fragment');
}
