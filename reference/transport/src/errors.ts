/** Errors of the transports, told apart by `code`. */

export class AddressError extends Error {
  readonly code = 'ADDRESS_INVALID';

  constructor(address: string, problem: string) {
    super(`The address ${JSON.stringify(address)} cannot be used: ${problem}.`);
    this.name = 'AddressError';
  }
}

export class DialError extends Error {
  readonly code = 'DIAL_FAILED';

  constructor(address: string, problem: string) {
    super(`Could not connect to ${address}: ${problem}.`);
    this.name = 'DialError';
  }
}
