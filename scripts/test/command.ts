import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** How many checks of a step passed and failed. */
export interface StepOutcome {
  readonly passed: number;
  readonly failed: number;
}

export interface CommandOutcome {
  readonly code: number;
  /** The last line of standard output that is not empty. */
  readonly lastLine: string;
}

/** Runs Node with these words and shows what it prints. */
export function runCommand(words: readonly string[]): Promise<CommandOutcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    let lastLine = '';
    createInterface({ input: child.stdout }).on('line', (line) => {
      console.log(line);
      if (line.trim() !== '') lastLine = line.trim();
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, lastLine }));
  });
}
