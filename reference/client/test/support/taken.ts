/** What a subscription gives to its program, kept. */

import type { Gap, Health, IntegrityError, Message, SignatureError, SubscriptionOptions } from '../../src/index.ts';

export interface Taken {
  readonly messages: Message[];
  readonly losses: Gap[];
  readonly ends: (Error | undefined)[];
  readonly health: Health[];
  readonly integrity: IntegrityError[];
  readonly signatures: SignatureError[];
  /** To subscribe with. */
  readonly options: SubscriptionOptions;
}

export function taken(more: SubscriptionOptions = {}): Taken {
  const messages: Message[] = [];
  const losses: Gap[] = [];
  const ends: (Error | undefined)[] = [];
  const health: Health[] = [];
  const integrity: IntegrityError[] = [];
  const signatures: SignatureError[] = [];
  return {
    messages,
    losses,
    ends,
    health,
    integrity,
    signatures,
    options: {
      onMessage: (message) => void messages.push(message),
      onLoss: (gap) => void losses.push(gap),
      onEnd: (error) => void ends.push(error),
      onHealth: (said) => void health.push(said),
      onIntegrityError: (error) => void integrity.push(error),
      onSignatureError: (error) => void signatures.push(error),
      ...more,
    },
  };
}

export const seqNos = (messages: readonly Message[]) => messages.map(({ seqNo }) => seqNo);

/** Each message with the gap before it. */
export const withGaps = (messages: readonly Message[]) => messages.map(({ seqNo, gap }) => [seqNo, gap]);
