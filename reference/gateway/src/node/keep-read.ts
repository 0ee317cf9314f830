/** Reads the policy of a command again when its file has changed, and when it is asked to. */

import type { PolicyFile } from './policy-file.ts';

/** Until the process ends; SIGHUP is the asking. */
export function keepRead(policyFile: PolicyFile): void {
  const reload = () => {
    policyFile.reload().then(
      () => console.log(`read ${policyFile.path} again`),
      (error: Error) => console.error(`${error.message} The policy before it stays.`),
    );
  };
  policyFile.watch(reload);
  process.on('SIGHUP', reload);
}
