/** Which versions of nats-server will do. */

/** The oldest version that was tried. Older ones lack direct reads, or copies with sequence numbers, or have them with faults. */
export const VERSION_MIN = '2.9.10';

/** Whether a version is the oldest one that will do, or newer. What follows a `-` is not looked at. */
export function isNewEnough(version: string): boolean {
  const parts = numbersOf(version);
  for (const [at, min] of numbersOf(VERSION_MIN).entries()) {
    const part = parts[at] ?? 0;
    if (part !== min) return part > min;
  }
  return true;
}

function numbersOf(version: string): number[] {
  return (version.split('-')[0] ?? '').split('.').map((part) => Number.parseInt(part, 10) || 0);
}
