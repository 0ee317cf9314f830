/**
 * Tells a command that it is to end: SIGTERM, SIGINT (Ctrl+C), or the death of the `npm run` that started it.
 *
 * The last one is needed because `npm run` starts a shell between itself and the command, and passes signals to that
 * shell only: it dies of them, and the command would live on without anybody.
 */

const PARENT_CHECK_MS = 200;

/** Calls `end` once, at the first of these events. */
export function onProcessEnd(end: () => void): void {
  let ending = false;
  const endOnce = () => {
    if (ending) return;
    ending = true;
    end();
  };
  process.on('SIGTERM', endOnce);
  process.on('SIGINT', endOnce);
  endWithNpm();
}

/** Sends SIGTERM to this process when the `npm run` that started it is gone. Without npm it does nothing. */
export function endWithNpm(): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const check = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(check);
    process.kill(process.pid, 'SIGTERM');
  }, PARENT_CHECK_MS);
  check.unref();
}
