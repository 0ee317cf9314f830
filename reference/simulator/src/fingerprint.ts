/** A fingerprint of a text that grows: 64 bits of two FNV-1a hashes. It tells histories apart; it proves nothing. */

const FNV_PRIME = 0x01000193;

export class Fingerprint {
  #low = 0x811c9dc5;
  #high = 0x9dc5811c;

  add(text: string): void {
    let low = this.#low;
    let high = this.#high;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      low = Math.imul(low ^ unit, FNV_PRIME);
      high = Math.imul(high ^ (unit + index), FNV_PRIME);
      high ^= high >>> 15;
    }
    this.#low = low;
    this.#high = high;
  }

  /** 16 hexadecimal digits. */
  toString(): string {
    return hex(this.#high) + hex(this.#low);
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
