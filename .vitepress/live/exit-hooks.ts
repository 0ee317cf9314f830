/**
 * Ends the process groups when the dev server itself ends.
 *
 * A group of its own does not get the terminal's Ctrl-C, so somebody has to pass it on. The hooks are installed while
 * there is something to end, and taken away afterwards, so that an idle dev server behaves as if they did not exist.
 * SIGKILL to the dev server cannot be hooked: the programs then notice the closed outputs at their next line.
 */

export interface Endable {
  stop(): Promise<unknown>;
  killNow(): void;
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const groups = new Set<Endable>();
let ending = false;

export function killOnExit(group: Endable): void {
  if (groups.size === 0) install();
  groups.add(group);
}

export function forgetGroup(group: Endable): void {
  if (groups.delete(group) && groups.size === 0) uninstall();
}

function install(): void {
  process.on('exit', killAll);
  // In front of the others: only then can it be seen whether somebody else also handles the signal, because a
  // listener that was added with `once` is gone from the list when its turn comes.
  for (const signal of SIGNALS) process.prependListener(signal, onSignal);
}

function uninstall(): void {
  process.off('exit', killAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

function killAll(): void {
  for (const group of groups) group.killNow();
}

function onSignal(signal: NodeJS.Signals): void {
  const somebodyElseExits = process.listenerCount(signal) > 1;
  // Somebody who presses Ctrl-C twice does not want to wait for the grace period.
  if (ending) killAll();
  ending = true;
  void Promise.all([...groups].map((group) => group.stop())).then(() => {
    ending = false;
    if (groups.size === 0) uninstall();
    // A listener switches off what the signal does by default, so the signal is sent again without it.
    if (!somebodyElseExits) process.kill(process.pid, signal);
  });
}
