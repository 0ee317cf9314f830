import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DURABILITY, FAULTS, LEVELS } from '../../e2e/src/durability.ts';

const proofs = FAULTS.flatMap((fault) =>
  LEVELS.flatMap((level) => {
    const { proof } = DURABILITY[fault][level];
    return proof === undefined ? [] : [{ fault, level, ...proof }];
  }),
);

describe('the durability table (I4)', () => {
  it.each(proofs)('$fault at $level is shown by a test that is there', ({ file, title }) => {
    expect(existsSync(file), file).toBe(true);
    expect(readFileSync(file, 'utf8'), file).toContain(title);
  });

  it('has a proof wherever one machine is enough to have the fault', () => {
    const without = FAULTS.flatMap((fault) =>
      LEVELS.filter((level) => DURABILITY[fault][level].proof === undefined).map((level) => `${fault} ${level}`),
    );
    expect(without.filter((cell) => !/^(power-lost|machine-lost|store-full memory)/.test(cell))).toEqual([]);
  });
});
