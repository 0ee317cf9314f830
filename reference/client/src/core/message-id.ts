import { type Clock, type Random, randomId } from '@micro-socket/transport';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A new ULID: 48 bits of time, so that ids sort by age, and 80 random bits. */
export function newMessageId(clock: Clock, random: Random): string {
  let time = '';
  for (let left = Math.floor(clock.now()), place = 0; place < 10; place++) {
    time = alphabet[left % 32] + time;
    left = Math.floor(left / 32);
  }
  return time + randomId(random, 16).toUpperCase();
}
