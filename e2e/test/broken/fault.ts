/** What a broken gateway does differently: one rule of the protocol, and the checks that must see it. */

import type { ClientFrame, Encoding, FrameBody, GatewayFrame, Limits } from '@micro-socket/protocol';
import type { Knowledge, LinkKnowledge } from './knowledge.ts';

/** What a fault may do to one connection besides changing what passes. */
export interface LinkPort {
  readonly encoding: Encoding;
  readonly known: LinkKnowledge;
  toGateway(frame: ClientFrame): void;
  toClient(frame: GatewayFrame): void;
  closeClient(code: number): void;
}

/** The fault on one connection. What is not there changes nothing. */
export interface LinkFault {
  start?(port: LinkPort): void;
  /** What goes on to the gateway in place of the frame: nothing, the frame, others, or bytes. `undefined` passes it on. */
  fromClient?(frame: ClientFrame, body: FrameBody): readonly (ClientFrame | FrameBody)[] | undefined;
  fromGateway?(frame: GatewayFrame, body: FrameBody): readonly (GatewayFrame | FrameBody)[] | undefined;
  /** The code that the gateway is told when the client has closed with this one. */
  closeOfClient?(code: number): number;
  /** After a close of the gateway with this code, the client's connection stays open. */
  readonly keepsOpenAfter?: number;
}

export interface Fault {
  /** Which rule is broken, as a phrase: `skips dedup`. */
  readonly name: string;
  /** The check that must see it. */
  readonly caughtBy: string;
  /** What the check must have seen, so that it is not caught by chance. Matched against `expected … came …`. */
  readonly seenAs: RegExp;
  /** Bounds of a gateway on which the fault is seen soon. */
  readonly limits?: Partial<Limits>;
  /** Called once for a gateway; the result once for each of its connections. */
  readonly apply: (knowledge: Knowledge) => () => LinkFault;
}
