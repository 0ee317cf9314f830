/** `npm run gateway`: starts a gateway and ends it when it is told to. */

import { HELP, parseCommand } from './cli-options.ts';
import { onProcessEnd } from './process-end.ts';
import { serve } from './server.ts';

async function main(): Promise<void> {
  const command = parseCommand(process.argv.slice(2));
  if (command.help) {
    process.stdout.write(HELP);
    return;
  }
  const running = await serve(command.serve);
  console.log(`listening on ${running.address}`);
  if (!command.hasPolicy) {
    console.error('No --policy was given, so nobody may do anything. See examples/node-gateway/policy.json.');
  }
  onProcessEnd(() => running.close().then(() => process.exit(0)));
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
