/**
 * How gateways tell each other's messages about presence apart: the messageId of each begins with the id of the gateway
 * that it is from (§4.8). A gateway has a new id each time that it starts.
 */

import { type Random, randomId } from '@micro-socket/transport';

const ID_CHARACTERS = 16;

/** No gateway has this id. */
const SWEPT = 'swept';

/** The messages of one gateway, as far as they have to do with presence. */
export class GatewayMessages {
  /** Names the gateway to the others of its backbone. */
  readonly gateway: string;
  #count = 0;

  /** No two gateways of one backbone may draw the same. */
  constructor(random: Random) {
    this.gateway = randomId(random, ID_CHARACTERS);
  }

  newId(): string {
    this.#count += 1;
    return `${this.gateway}-${this.#count}`;
  }

  /** Whether it is the messageId of one of them. */
  has(messageId: string): boolean {
    return gatewayOf(messageId) === this.gateway;
  }
}

/** The id of the gateway that a message is from. Empty for a message of none. */
export function gatewayOf(messageId: string): string {
  return messageId.slice(0, Math.max(0, messageId.indexOf('-')));
}

/** The messageId for taking out what a message says: the same at every gateway, so that it is stored once. */
export function sweepIdOf(messageId: string): string {
  return `${SWEPT}-${messageId}`;
}

/** Whether the message takes out what a gateway has left behind. */
export function isSweep(messageId: string): boolean {
  return gatewayOf(messageId) === SWEPT;
}
