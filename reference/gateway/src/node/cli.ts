/** `npm run gateway`: starts a gateway and ends it when it is told to. */

import { HELP, parseCommand } from './cli-options.ts';
import type { PolicyFile } from './policy-file.ts';
import { onProcessEnd } from './process-end.ts';
import { serve } from './server.ts';

async function main(): Promise<void> {
  const { help, policyFile, serve: options } = parseCommand(process.argv.slice(2));
  if (help) {
    process.stdout.write(HELP);
    return;
  }
  const running = await serve(options);
  for (const address of running.addresses) console.log(`listening on ${address}`);
  if (policyFile === undefined) {
    console.error('No --policy was given, so nobody may do anything. See examples/node-gateway/policy.json.');
  } else {
    keepRead(policyFile);
  }
  onProcessEnd(() => running.close().then(() => process.exit(0)));
}

/** Reads the policy again when it has changed, and when it is asked to. */
function keepRead(policyFile: PolicyFile): void {
  const reload = () => {
    policyFile.reload().then(
      () => console.log(`read ${policyFile.path} again`),
      (error: Error) => console.error(`${error.message} The policy before it stays.`),
    );
  };
  policyFile.watch(reload);
  process.on('SIGHUP', reload);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
