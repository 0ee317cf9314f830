import { readFileSync } from 'node:fs';

/** Names this run of the machine, where it tells (Linux). */
export function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}
