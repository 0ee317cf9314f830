/** The bound of waits that have no other one. It is no speed limit: machines differ, so it is far beyond what they need. */

export const HANG_MS = Number(process.env['E2E_HANG_MS'] ?? 600_000);

/** What is waited for did not come; the message says what that is. */
export class HangError extends Error {
  readonly code = 'HANG';

  constructor(what: string) {
    super(`It hangs: ${what}.`);
    this.name = 'HangError';
  }
}

/** Rejects with `HangError` where a promise is not settled within the bound, in milliseconds; infinite: none. */
export async function orHang<Value>(work: Promise<Value>, what: string, hangMs = HANG_MS): Promise<Value> {
  if (hangMs === Number.POSITIVE_INFINITY) return work;
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new HangError(what)), hangMs);
  });
  try {
    return await Promise.race([work, hang]);
  } finally {
    clearTimeout(timer);
  }
}
