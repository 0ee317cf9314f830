/** `npm run price-feed`: starts a gateway with a price feed and ends it when it is told to. */

import { type GatewayCommand, keepRead, keptSecret, openChosen, UsageError } from '@micro-socket/gateway/command';
import { onProcessEnd } from '@micro-socket/gateway/node';
import { systemRandom } from '@micro-socket/transport/node';
import { PriceFeedError } from '../core/errors.ts';
import { ANY_INSTRUMENT } from '../core/margin.ts';
import { chosenSource } from './chosen-source.ts';
import { type FeedCommand, HELP, parseFeedCommand } from './cli-options.ts';
import { openAccess } from './open-access.ts';
import { type RunningFeed, serveFeed } from './serve-feed.ts';

async function main(): Promise<void> {
  const command = parseFeedCommand(process.argv.slice(2));
  if (command.gateway.help) {
    process.stdout.write(HELP);
    return;
  }
  const { access, running } = await start(command);
  onProcessEnd(() => running.close().then(() => process.exit(0)));
  for (const address of running.addresses) console.log(`listening on ${address}`);
  tellAccess(command, access);
  await createChannels(command, running);
}

async function start({ gateway, mainTopic, source, instruments, staleAfterMs, jumpMax }: FeedCommand) {
  const { policyFile, backbone: chosen, serve: options } = gateway;
  const access = openAccess(options.addresses, mainTopic, systemRandom);
  const prices = chosenSource(source, instruments);
  const backbone = await openChosen(chosen, options.limits);
  const sessionSecret = options.sessionSecret ?? keptSecret(chosen.address);
  try {
    const running = await serveFeed({
      ...options,
      policy: policyFile ?? access.policy,
      ...(sessionSecret === undefined ? {} : { sessionSecret }),
      backbone,
      source: prices,
      mainTopic,
      staleAfterMs,
      gate: jumpMax === undefined ? {} : { jumpMax },
    });
    return { access, running };
  } catch (error) {
    await backbone.close();
    throw error;
  }
}

function tellAccess({ gateway, mainTopic }: FeedCommand, { token }: ReturnType<typeof openAccess>): void {
  if (gateway.policyFile !== undefined) keepRead(gateway.policyFile);
  else if (token === undefined) console.error(noPolicy(gateway));
  else {
    console.log(`whoever reaches this machine may read ${mainTopic} and its channels`);
    console.log(`who has this token may create channels: ${token}`);
  }
}

function noPolicy({ serve: { addresses } }: GatewayCommand): string {
  const many = addresses.length > 1 ? 'One of the addresses is' : 'The address is';
  return `No --policy was given, so nobody may do anything. ${many} open to other machines.`;
}

/** For how long the source may take to tell the instruments that channels have margins for. */
const INSTRUMENTS_WAIT_MS = 10_000;
const INSTRUMENTS_TRY_MS = 200;

/** Those that are not there yet: a second start finds the first one's, with the margins that they have by now. */
async function createChannels({ channels }: FeedCommand, running: RunningFeed): Promise<void> {
  const deadline = Date.now() + INSTRUMENTS_WAIT_MS;
  for (const [id, margins] of Object.entries(channels)) {
    while (!knowsAll(running, margins) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, INSTRUMENTS_TRY_MS));
    }
    await createChannel(running, id, margins);
  }
}

function knowsAll({ backbone }: RunningFeed, margins: unknown): boolean {
  const { instruments } = backbone.ledger;
  return Object.keys(margins ?? {}).every((id) => id === ANY_INSTRUMENT || instruments.has(id));
}

async function createChannel({ channels, backbone }: RunningFeed, id: string, margins: unknown): Promise<void> {
  try {
    await channels.create(id, margins);
    console.log(`created the channel ${backbone.mainTopic}.${id}`);
  } catch (error) {
    if (!(error instanceof PriceFeedError)) throw error;
    if (error.code !== 'CONFLICT') throw new UsageError(`--channels: ${id}: ${error.message}`);
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  // What has been started by then would keep the process alive.
  process.exit(1);
});
