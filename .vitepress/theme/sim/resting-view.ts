/** The nodes of a world that has not been started: as many as were chosen, with the names that they will have. */

import { type SimView, viewOf } from './sim-view.ts';
import { FIRST_WORLD, type World } from './world.ts';

export function restingView({ numbers }: World): SimView {
  const count = (name: 'gateways' | 'publishers' | 'subscribers') => numbers[name] ?? FIRST_WORLD.numbers[name] ?? 1;
  const publishers = count('publishers');
  const named = (kind: string, first: number, many: number) =>
    Array.from({ length: many }, (_, index) => `${kind}-${first + index}`);
  return viewOf([
    ...named('client', 1, publishers).map((name) => ({ name, kind: 'client', role: 'publisher' }) as const),
    ...named('client', publishers + 1, count('subscribers')).map(
      (name) => ({ name, kind: 'client', role: 'subscriber' }) as const,
    ),
    ...named('gateway', 1, count('gateways')).map((name) => ({ name, kind: 'gateway' }) as const),
    { name: 'engine', kind: 'engine' },
  ]);
}
