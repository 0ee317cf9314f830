import type { Address } from '../address.ts';

/** Something that accepts connections at one address. */
export interface Listener {
  /** Where it is bound, with the real port. */
  readonly address: Address;
  /** Accepts no more. Resolves when every connection that it accepted has ended; their owner closes them. */
  close(): Promise<void>;
  /** Cuts every connection that it accepted, without a goodbye. */
  cutAll(): void;
}
