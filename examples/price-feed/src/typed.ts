/** Words that are typed into the terminal of a running program. */

import { createInterface } from 'node:readline';

/** Calls the action of each word that is typed; the answer ends it. Where there is no terminal, nothing is listened to. */
export function onTyped(actions: Readonly<Record<string, () => void>>): () => void {
  if (!process.stdin.isTTY) return () => {};
  const lines = createInterface({ input: process.stdin });
  const words = Object.keys(actions);
  lines.on('line', (line) => {
    const word = line.trim();
    if (Object.hasOwn(actions, word)) actions[word]?.();
    else if (word !== '') console.log(`type one of: ${words.join(', ')}`);
  });
  // Ctrl+C is for the program, which says goodbye to its clients.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  console.log(`type one of: ${words.join(', ')}`);
  return () => lines.close();
}
