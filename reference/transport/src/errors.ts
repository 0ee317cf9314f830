/** Errors of the transports, told apart by `code`. */

export class AddressError extends Error {
  readonly code = 'ADDRESS_INVALID';

  constructor(address: string, problem: string) {
    super(`The address ${JSON.stringify(address)} cannot be used: ${problem}.`);
    this.name = 'AddressError';
  }
}

/** Nobody could be connected to there; the message says why. */
export class DialError extends Error {
  readonly code = 'DIAL_FAILED';

  constructor(address: string, problem: string, options?: ErrorOptions) {
    super(`Could not connect to ${address}: ${problem}.`, options);
    this.name = 'DialError';
  }
}

/** The address cannot be bound; the message says why. */
export class ListenError extends Error {
  readonly code = 'LISTEN_FAILED';

  constructor(address: string, problem: string, options?: ErrorOptions) {
    super(`Cannot listen on ${address}: ${problem}.`, options);
    this.name = 'ListenError';
  }
}
