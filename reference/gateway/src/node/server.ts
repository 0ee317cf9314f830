/** A gateway on Node: listens on any number of addresses, over every transport, and answers HTTP beside WebSockets. */

import { type Backbone, MemoryBackbone } from '@micro-socket/backbone';
import { DEFAULT_LIMITS, type Limits } from '@micro-socket/protocol';
import {
  type AcceptedConnection,
  type Address,
  formatAddress,
  type Listener,
  randomId,
  type WebSocketAddress,
} from '@micro-socket/transport';
import { inprocNetwork, listenStream, systemClock, systemRandom, type TlsIdentity } from '@micro-socket/transport/node';
import type { AccessPolicy } from '../core/access.ts';
import { Gateway, type GatewayOptions } from '../core/gateway.ts';
import { demoAccess } from '../http/demo.ts';
import type { HttpExtension } from '../http/extension.ts';
import { HttpService } from '../http/service.ts';
import { listenHttp } from './http-listener.ts';
import { isLoopbackOrigin } from './origins.ts';
import { BodyBudget } from './request-body.ts';

export interface ServeOptions {
  /** Where to listen; at least one. Port 0 asks for a free one. */
  readonly addresses: readonly Address[];
  readonly policy: AccessPolicy;
  /** Who the gateway is on `wss` and `tls` addresses, in PEM; needed there. */
  readonly tls?: TlsIdentity;
  /** Named in `ready` and in `/health`. Default: `gateway-` and a random part. */
  readonly name?: string;
  readonly limits?: Limits;
  /** Default: a new memory backbone. It is closed with the server. */
  readonly backbone?: Backbone;
  /** Origins of pages that may connect, besides those served from this machine: `https://example.com`. */
  readonly origins?: readonly string[];
  /** Gateways with the same one can resume each other's sessions; at least 32 bytes. Default: a random one. */
  readonly sessionSecret?: Uint8Array;
  /** Whether messages carry the name of their publisher (`by`, §5.5). Default: they do not. */
  readonly namePublishers?: boolean;
  /** Whether programs of this machine may publish below `demo.` over HTTP without a token. Default: they may not. */
  readonly demo?: boolean;
  /** How many messages the ring of a topic keeps, where that is fewer than the limits say. */
  readonly ringLengthOf?: GatewayOptions['ringLengthOf'];
  /** Whether WebSocket clients that offer permessage-deflate get compressed messages. Default: they do not. */
  readonly compress?: boolean;
  /** What an application answers over HTTP on the same addresses, in the same document, behind the same access. */
  readonly http?: (gateway: Gateway) => readonly HttpExtension[];
  readonly onInternalError?: (error: unknown) => void;
}

/** A gateway that is listening. */
export interface RunningGateway {
  readonly gateway: Gateway;
  /** The addresses that it is bound to, in the order in which they were asked for, with the real ports. */
  readonly addresses: readonly string[];
  /** The first of them. */
  readonly address: string;
  /** Says goodbye to the clients, closes every connection, and resolves when all are gone. */
  close(reason?: string): Promise<void>;
}

/** How long clients may take to close after a goodbye before their sockets are cut. */
const CLOSE_DEADLINE_MS = 2_000;

/** How many bodies of the largest size may be held at one time. */
const BODIES_MAX = 256;

/**
 * Starts a gateway. Rejects with `ListenError` when one of the addresses cannot be bound, and then none is; with
 * `RangeError` when there is none, the session secret is too short, or what is answered over HTTP does not fit together.
 */
export async function serve(options: ServeOptions): Promise<RunningGateway> {
  const { addresses, limits = DEFAULT_LIMITS, sessionSecret, namePublishers = false } = options;
  if (addresses.length === 0) throw new RangeError('A gateway needs an address to listen on.');
  const name = options.name ?? `gateway-${randomId(systemRandom, 6)}`;
  const onInternalError = options.onInternalError ?? ((error) => console.error(error));
  const demo = options.demo === true ? demoAccess(options.policy, systemRandom) : undefined;
  const ports = { clock: systemClock, random: systemRandom, limits };
  const backbone = options.backbone ?? new MemoryBackbone(ports);
  const gateway = new Gateway({
    ...ports,
    name,
    backbone,
    policy: demo?.policy ?? options.policy,
    namePublishers,
    ...(sessionSecret === undefined ? {} : { sessionSecret }),
    ...(options.ringLengthOf === undefined ? {} : { ringLengthOf: options.ringLengthOf }),
    onInternalError,
  });
  const { origins = [], tls, compress = false } = options;
  const listeners = await listenOnAll(addresses, {
    gateway,
    name,
    limits,
    tls,
    compress,
    allowsOrigin: (origin) => isLoopbackOrigin(origin) || origins.includes(origin),
    demoToken: demo?.token,
    extensions: options.http?.(gateway) ?? [],
    startedAt: systemClock.now(),
    bodies: new BodyBudget(BODIES_MAX * limits.frameBytesMax),
    onInternalError,
  });

  const bound = listeners.map(({ address }) => formatAddress(address));
  let closing: Promise<void> | undefined;
  return {
    gateway,
    addresses: bound,
    address: bound[0] as string,
    close(reason = 'The gateway is shutting down.') {
      closing ??= closeAll(listeners, () => gateway.drain(reason)).then(() => backbone.close());
      return closing;
    },
  };
}

/** What listeners have in common. */
interface Setting {
  readonly gateway: Gateway;
  readonly name: string;
  readonly limits: Limits;
  readonly tls: TlsIdentity | undefined;
  readonly compress: boolean;
  readonly allowsOrigin: (origin: string) => boolean;
  readonly demoToken: string | undefined;
  readonly extensions: readonly HttpExtension[];
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly bodies: BodyBudget;
  readonly onInternalError: (error: unknown) => void;
}

/** All or none: when one cannot be had, the others are given back before the caller is told. */
async function listenOnAll(addresses: readonly Address[], setting: Setting): Promise<Listener[]> {
  const listeners: Listener[] = [];
  try {
    for (const address of addresses) listeners.push(await listenOn(address, setting));
    return listeners;
  } catch (error) {
    const closed = listeners.map((listener) => listener.close());
    for (const listener of listeners) listener.cutAll();
    await Promise.all(closed);
    throw error;
  }
}

async function listenOn(address: Address, setting: Setting): Promise<Listener> {
  const { gateway, limits, tls, onInternalError } = setting;
  const { frameBytesReadMax, setupDeadlineMs } = limits;
  const onConnection = (connection: AcceptedConnection) => gateway.accept(connection);
  switch (address.scheme) {
    case 'ws':
    case 'wss':
      return listenHttp({
        ...setting,
        address,
        service: httpServiceFor(address, setting),
        onConnection: (connection, topic) => gateway.accept(connection, topic === undefined ? {} : { topic }),
        onError: onInternalError,
      });
    case 'tcp':
    case 'tls':
    case 'ipc':
      return listenStream({
        address,
        ...(address.scheme === 'tls' && tls !== undefined ? { tls } : {}),
        frameBytesReadMax,
        prefaceDeadlineMs: setupDeadlineMs,
        onConnection,
        onError: onInternalError,
      });
    case 'inproc':
      return inprocNetwork.listen(address.name, onConnection, { frameBytesReadMax });
  }
}

function httpServiceFor({ path }: WebSocketAddress, setting: Setting): HttpService {
  const { gateway, name, limits, allowsOrigin, demoToken, extensions, startedAt, onInternalError } = setting;
  return new HttpService({
    gateway,
    gatewayName: name,
    webSocketPath: path,
    limits,
    allowsOrigin,
    uptimeMs: () => systemClock.now() - startedAt,
    newMessageId: () => randomId(systemRandom, MESSAGE_ID_LENGTH),
    demoToken,
    extensions,
    onInternalError,
  });
}

/** 130 random bits: no two messages get the same. */
const MESSAGE_ID_LENGTH = 26;

/** Stops to accept, lets `drain` say goodbye, and cuts who takes too long. */
async function closeAll(listeners: readonly Listener[], drain: () => void): Promise<void> {
  const closed = Promise.all(listeners.map((listener) => listener.close()));
  drain();
  const deadline = systemClock.after(CLOSE_DEADLINE_MS, () => {
    for (const listener of listeners) listener.cutAll();
  });
  await closed;
  deadline.cancel();
}
