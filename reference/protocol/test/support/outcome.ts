import { codecFor, type Direction, type Encoding, type Frame, type FrameBody, ProtocolError } from '../../src/index.ts';

/** Decodes, and gives the error instead where there is one. Anything but a `ProtocolError` is thrown on. */
export function outcomeOf(encoding: Encoding, body: FrameBody, from: Direction): Frame | ProtocolError {
  try {
    return codecFor(encoding).decode(body, from as 'client');
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}

/** The refusal of a body that must not be accepted. */
export function refusalOf(encoding: Encoding, body: FrameBody, from: Direction = 'client'): ProtocolError {
  const outcome = outcomeOf(encoding, body, from);
  if (outcome instanceof ProtocolError) return outcome;
  throw new Error(`It was accepted: ${JSON.stringify(outcome)}`);
}
