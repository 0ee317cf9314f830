import { readFileSync } from 'node:fs';

/** What Linux calls this run of the machine; other systems do not tell. */
export function systemBootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}
