import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generatedFiles } from '../vectors/generated.ts';

describe('the files for other implementations (§12)', () => {
  it.each([...generatedFiles()])(
    '%s is what `node --import tsx reference/protocol/vectors/write.ts` writes',
    (path, text) => {
      expect(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')).toBe(text);
    },
  );
});
