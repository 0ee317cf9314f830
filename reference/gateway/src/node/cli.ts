/** `npm run gateway`: starts a gateway and ends it when it is told to. */

import { openChosen } from './backbone.ts';
import { type GatewayCommand, HELP, parseCommand } from './cli-options.ts';
import { keepRead } from './keep-read.ts';
import { onProcessEnd } from './process-end.ts';
import { type RunningGateway, serve } from './server.ts';
import { keptSecret } from './session-secret.ts';
import { isWorker, runWorkers, tellListening, workerCommand } from './workers.ts';

async function main(): Promise<void> {
  const words = process.argv.slice(2);
  const command = isWorker() ? await workerCommand(words) : parseCommand(words);
  if (command.help) {
    process.stdout.write(HELP);
    return;
  }
  if (command.workers !== undefined) {
    await runWorkers(command, command.workers);
    return;
  }
  const running = await start(command);
  if (isWorker()) tellListening(running);
  else for (const address of running.addresses) console.log(`listening on ${address}`);
  if (command.policyFile !== undefined) keepRead(command.policyFile);
  else if (!command.isEngine) {
    console.error('No --policy was given, so nobody may do anything. See examples/node-gateway/policy.json.');
  }
  onProcessEnd(() => running.close().then(() => process.exit(0)));
}

async function start({ backbone: chosen, serve: options }: GatewayCommand): Promise<RunningGateway> {
  const sessionSecret = options.sessionSecret ?? keptSecret(chosen.address);
  const backbone = await openChosen(chosen, options.limits);
  try {
    return await serve({ ...options, ...(sessionSecret === undefined ? {} : { sessionSecret }), backbone });
  } catch (error) {
    await backbone.close();
    throw error;
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
  // The pipe to the first process would keep a worker alive.
  if (isWorker()) process.exit();
});
