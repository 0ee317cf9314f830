/** Chance as an argument: cryptographic in production, seeded in a simulation. */
export interface Random {
  /** The next 32 random bits, as an integer from 0 to 2^32 - 1. */
  uint32(): number;
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** A random identifier of `length` characters, five bits each. */
export function randomId(random: Random, length: number): string {
  let id = '';
  for (let bits = 0, left = 0; id.length < length; left -= 5, bits >>>= 5) {
    if (left < 5) {
      bits = random.uint32();
      left = 30;
    }
    id += alphabet[bits & 31];
  }
  return id;
}
