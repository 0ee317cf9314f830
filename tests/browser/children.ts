import { execFileSync } from 'node:child_process';

/** Command lines of all descendants of a process. */
export function childrenOf(pid: number): string[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, id, parent, command]) => ({ id: Number(id), parent: Number(parent), command: command ?? '' }));
  const below = (of: number): string[] =>
    table.filter(({ parent }) => parent === of).flatMap(({ id, command }) => [command, ...below(id)]);
  return below(pid);
}
