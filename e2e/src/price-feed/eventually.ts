const AGAIN_MS = 10;

/** Resolves when something is so, of which nobody tells: what a process has printed, or says when it is asked. */
export async function eventually(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
}
