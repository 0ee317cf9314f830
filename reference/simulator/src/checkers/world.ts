/**
 * What all checkers know of a history so far. Each event passes through it twice: `enter` before the checkers see it, for
 * what has happened in any case; `settle` after them, for what they compare with how it was before.
 */

import type { HistoryEvent, IdentifiedEvent, RunEvent } from '../history.ts';
import { Calls } from './calls.ts';
import { Disturbances } from './disturbances.ts';
import { Logs } from './log.ts';
import { Rights } from './rights.ts';
import { Subscriptions } from './subscriptions.ts';

/** A connection as it was accepted; `expiresAt` is of its newest token. */
export interface Identified {
  readonly begin: IdentifiedEvent;
  expiresAt: number | undefined;
}

/** What is assumed of a history that does not begin with `run`: that it sees little and promises nothing. */
const UNKNOWN_RUN: RunEvent = {
  kind: 'run',
  at: 0,
  source: '',
  accessRecheckMs: Number.POSITIVE_INFINITY,
  dedupWindowMs: 0,
  latencyObjectiveMs: Number.POSITIVE_INFINITY,
  retentionMessagesMax: 0,
  clockSkewMsMax: 0,
  seesLog: false,
  seesWire: false,
};

export class World {
  run: RunEvent = UNKNOWN_RUN;
  readonly logs = new Logs();
  readonly rights = new Rights();
  readonly calls = new Calls();
  readonly subscriptions = new Subscriptions();
  readonly connections = new Map<string, Identified>();
  readonly clients = new Set<string>();
  readonly gateways = new Set<string>();
  readonly disturbances = new Disturbances();

  enter(event: HistoryEvent): void {
    switch (event.kind) {
      case 'run':
        this.run = event;
        return;
      case 'granted':
      case 'revoked':
        this.rights.take(event);
        return;
      case 'identified':
        this.#identified(event);
        return;
      case 'publish':
        this.clients.add(event.client);
        this.calls.take(event);
        return;
      case 'stored':
        this.logs.add(event);
        return;
      case 'lost':
        this.logs.lose(event);
        return;
      case 'subscribe':
        this.clients.add(event.client);
        this.subscriptions.open(event);
        return;
      case 'fault':
        this.disturbances.take(event, this.clients, this.gateways);
        if (event.name === 'client-restart' && event.state !== 'ends')
          for (const node of event.nodes) this.calls.abandon(node);
        return;
      case 'ended':
        if (event.code === 'PROCESS_ENDED') this.calls.abandon(event.client);
        return;
    }
  }

  settle(event: HistoryEvent): void {
    switch (event.kind) {
      case 'stored': {
        const entry = this.logs.of(event.topic).epoch(event.epoch)?.head;
        if (entry !== undefined) this.calls.stored(event.topic, entry);
        return;
      }
      case 'published':
      case 'publish-failed':
        this.calls.answered(event);
        return;
      case 'subscribed': {
        const track = this.subscriptions.newest(event.client, event.topic);
        if (track?.endedAt === undefined) track?.subscribed(event);
        return;
      }
      case 'delivered':
        this.subscriptions.get(event)?.delivered(event);
        return;
      case 'told':
        this.subscriptions.get(event)?.wasTold(event.gap);
        return;
      case 'sent':
        if (event.type === 'snapshot') this.subscriptions.newest(event.client, event.topic)?.sentState(event.seqNo);
        return;
      case 'ended': {
        const track = this.subscriptions.get(event);
        if (track === undefined) return;
        track.endedAt = event.at;
        track.endCode = event.code;
        return;
      }
    }
  }

  /** Whether nothing that this client could feel was broken on purpose since then. */
  isQuiet(client: string, from: number): boolean {
    return this.disturbances.isQuiet(client, from, this.clients);
  }

  /** Whether nothing but clients and their connections was broken on purpose since then. */
  isOnlyClients(from: number): boolean {
    return this.disturbances.isOnlyClients(from, this.clients);
  }

  /** Whether nothing that lies behind the gateways was broken on purpose since then. */
  isBackboneQuiet(from: number): boolean {
    return this.disturbances.isBackboneQuiet(from);
  }

  #identified(event: IdentifiedEvent): void {
    this.clients.add(event.client);
    this.gateways.add(event.gateway);
    const known = this.connections.get(event.connection);
    if (known === undefined) this.connections.set(event.connection, { begin: event, expiresAt: event.expiresAt });
    else known.expiresAt = event.expiresAt;
  }
}
