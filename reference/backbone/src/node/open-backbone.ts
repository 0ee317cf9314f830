/**
 * Opens the backbone that an address names. What a backbone needs, such as a native database, is loaded with it and not
 * before.
 */

import { readFileSync } from 'node:fs';
import type { Limits } from '@micro-socket/protocol';
import { formatAddress } from '@micro-socket/transport';
import { type DialTlsOptions, dial, systemClock, systemRandom } from '@micro-socket/transport/node';
import { type BackboneAddress, parseBackboneAddress } from '../address.ts';
import type { Backbone } from '../contract.ts';
import { MemoryBackbone } from '../memory/memory-backbone.ts';
import { RemoteBackbone } from '../remote/remote-backbone.ts';
import type { NatsCredentials } from './nats/link.ts';

export interface OpenBackboneOptions {
  readonly limits: Limits;
  /** What this gateway is called at the other end. */
  readonly name?: string | undefined;
  /** The edge key of an engine, where it is no file. */
  readonly key?: string | undefined;
  /** A file with the edge key of an engine; for NATS with what `nsc` writes, the seed of an NKey, or a token. */
  readonly keyFile?: string | undefined;
  /** Which certificates of an engine are trusted. */
  readonly tls?: DialTlsOptions | undefined;
  /** `disk` only: whether a publish is acknowledged after it was synced to disk. Default `disk`. */
  readonly durability?: 'disk' | 'written' | undefined;
  /** `disk` only: how old a message of a history may become, in milliseconds. Default: any age. */
  readonly historyAgeMaxMs?: number | undefined;
  /** Hears when the backbone's `problem` changes. Must not throw. */
  readonly onProblem?: ((problem: string | undefined) => void) | undefined;
}

/**
 * Opens a backbone. Rejects with `AddressError` for an address that is none, and with an error of the backbone's own, which
 * says what was wrong: a folder that is in use or damaged, an engine that cannot be reached or refuses the key, a stream
 * with another configuration.
 */
export async function openBackbone(address: string | BackboneAddress, options: OpenBackboneOptions): Promise<Backbone> {
  const to = typeof address === 'string' ? parseBackboneAddress(address) : address;
  const { limits, name, key, keyFile, tls, durability, historyAgeMaxMs, onProblem } = options;
  const ports = { clock: systemClock, random: systemRandom };
  switch (to.kind) {
    case 'memory':
      return new MemoryBackbone({ ...ports, limits });
    case 'disk': {
      const { DiskBackbone } = await import('./disk/disk-backbone.ts');
      return DiskBackbone.open({
        ...ports,
        directory: to.directory,
        limits,
        durability: durability ?? 'disk',
        historyAgeMaxMs,
        onProblem,
      });
    }
    case 'remote': {
      const engine = formatAddress(to.address);
      const token = key ?? (keyFile === undefined ? undefined : readFileSync(keyFile, 'utf8').trim());
      const dialOptions = tls === undefined ? {} : { tls };
      return RemoteBackbone.connect({
        ports: { ...ports, dial: () => dial(engine, 'msgpack', dialOptions) },
        engine,
        token,
        name,
        onProblem,
      });
    }
    case 'nats': {
      const { servers, stream, replicas } = to;
      const { NatsBackbone } = await import('./nats/nats-backbone.ts');
      const credentials = keyFile === undefined ? undefined : natsCredentials(readFileSync(keyFile, 'utf8'));
      return NatsBackbone.connect({ ...ports, servers, stream, replicas, limits, credentials, onProblem });
    }
  }
}

/** What a file of secrets holds is told by how it looks, as the tools of NATS do. */
function natsCredentials(text: string): NatsCredentials {
  const secret = text.trim();
  if (secret.includes('BEGIN NATS USER JWT')) return { creds: text };
  return /^SU[A-Z2-7]{56}$/.test(secret) ? { seed: secret } : { token: secret };
}
