/**
 * When something was last broken on purpose that a client could feel. Some promises bend under faults (a replay that is
 * cut off for long is given up, and told); what they promise in quiet times is judged in quiet times only.
 */

import type { FaultEvent } from '../history.ts';

export class Disturbances {
  /** When the last fault of a node ended, infinite while one lasts. What is no client concerns everybody. */
  readonly #lastOfClient = new Map<string, number>();
  #lastOfOthers = Number.NEGATIVE_INFINITY;
  /** The same for what is neither client nor gateway. */
  #lastOfBackbone = Number.NEGATIVE_INFINITY;
  readonly #running = new Map<number, FaultEvent>();

  take(event: FaultEvent, clients: ReadonlySet<string>, gateways: ReadonlySet<string>): void {
    if (event.nodes.length === 0 || !event.nodes.every((node) => clients.has(node) || gateways.has(node))) {
      this.#lastOfBackbone = event.at;
    }
    if (event.state === 'begins') this.#running.set(event.id, event);
    else this.#running.delete(event.id);
    const ofClients = event.nodes.length > 0 && event.nodes.every((node) => clients.has(node));
    if (!ofClients) {
      this.#lastOfOthers = event.at;
      return;
    }
    for (const node of event.nodes) this.#lastOfClient.set(node, event.at);
  }

  /** Whether nothing but clients and their connections was broken since `from`. */
  isOnlyClients(from: number, clients: ReadonlySet<string>): boolean {
    if (this.#lastOfOthers >= from) return false;
    for (const { nodes } of this.#running.values()) {
      if (nodes.length === 0 || !nodes.every((node) => clients.has(node))) return false;
    }
    return true;
  }

  /** Whether nothing that lies behind the gateways was broken since `from`. */
  isBackboneQuiet(from: number): boolean {
    return this.#lastOfBackbone < from;
  }

  /** Whether nothing that this client could feel was broken since `from`. */
  isQuiet(client: string, from: number, clients: ReadonlySet<string>): boolean {
    if (!this.isOnlyClients(from, clients)) return false;
    if ((this.#lastOfClient.get(client) ?? Number.NEGATIVE_INFINITY) >= from) return false;
    for (const { nodes } of this.#running.values()) if (nodes.includes(client)) return false;
    return true;
  }
}
