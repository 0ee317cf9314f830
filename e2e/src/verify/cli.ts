/** `npm run verify`: tells whether the gateway at an address keeps the protocol. */

import { HELP, parseCommand, UsageError } from './cli-options.ts';
import { outcomeText, summaryText } from './report.ts';
import { UnreachableError, verify } from './run.ts';

async function main(): Promise<number> {
  const { help, output, settings } = parseCommand(process.argv.slice(2));
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  const report = await verify(settings, (outcome) => {
    if (output === 'text') console.log(outcomeText(outcome));
  });
  console.log(output === 'json' ? JSON.stringify(report, null, 2) : summaryText(report));
  return report.conforms === settings.level ? 0 : 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    const isTold = error instanceof UsageError || error instanceof UnreachableError;
    console.error(isTold ? error.message : error);
    process.exitCode = 2;
  },
);
