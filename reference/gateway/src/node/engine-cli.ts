/** `npm run engine`: a gateway with a disk backbone that other gateways have as theirs, and what its folder needs. */

import { parseArgs } from 'node:util';
import { backUpFolder, inspectFolder } from './engine-folder.ts';
import { UsageError } from './usage-error.ts';

const DEFAULT_LISTEN = 'tcp://127.0.0.1:7000';

const HELP = `Usage: npm run engine -- [options]
       npm run engine -- inspect DIR [--json]
       npm run engine -- backup DIR TARGET

Starts an engine: a gateway that keeps everything on disk, and that other gateways have as their backbone
(npm run gateway -- --backbone ${DEFAULT_LISTEN}).

  --listen ADDRESS    where gateways find it (default ${DEFAULT_LISTEN}; also tls:// ipc:///path ws:// wss://)
  --data DIR          the folder of the messages (default ./engine-data); it is made if it is not there
  --edge-key-file FILE
                      the key that gateways must have. Without it only programs of this machine can use the engine
  --durability LEVEL  disk (default): a publish is acknowledged when it is on the disk; written: when the operating
                      system has it, which is faster and does not survive a loss of power

All options of npm run gateway -- --help are understood as well; bounds are those of an engine.

  inspect DIR         reads the whole folder, also while an engine runs on it, and tells what it holds and whether it
                      is whole; ends with 1 where it is not
  backup DIR TARGET   copies the folder as it is at one moment, also while an engine runs on it. A copy that is put to
                      use begins new epochs, so no client mistakes it for what has been acknowledged since
`;

async function main(): Promise<void> {
  const [first, ...rest] = process.argv.slice(2);
  if (first === 'inspect') await inspectFolder(rest);
  else if (first === 'backup') await backUpFolder(rest);
  else if (process.argv.slice(2).includes('--help')) process.stdout.write(HELP);
  else await run(process.argv.slice(2));
}

/** The command line of the gateway that it is. */
async function run(words: readonly string[]): Promise<void> {
  const { data, rest } = withoutData(words);
  const has = (option: string) => rest.some((word) => word === option || word.startsWith(`${option}=`));
  if (has('--backbone'))
    throw new UsageError('An engine keeps its messages in --data; --backbone is for npm run gateway.');
  const listen = has('--listen') || has('--config') ? [] : ['--listen', DEFAULT_LISTEN];
  process.argv.splice(2, words.length, '--engine', '--backbone', `disk:${data}`, ...listen, ...rest);
  await import('./cli.ts');
}

/** Takes `--data` out and leaves the other words as they are: they are the gateway's to judge. */
function withoutData(words: readonly string[]): { data: string; rest: string[] } {
  const options = { data: { type: 'string' } } as const;
  const { tokens, values } = parseArgs({ args: [...words], options, strict: false, tokens: true });
  const taken = new Set<number>();
  for (const token of tokens) {
    if (token.kind !== 'option' || token.name !== 'data') continue;
    taken.add(token.index);
    if (token.inlineValue !== true) taken.add(token.index + 1);
  }
  const { data = './engine-data' } = values;
  if (typeof data !== 'string' || data === '') throw new UsageError('--data wants a folder.');
  return { data, rest: words.filter((_, at) => !taken.has(at)) };
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
