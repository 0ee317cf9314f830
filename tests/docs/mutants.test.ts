import { MUTANTS } from '@micro-socket/simulator/mutants';
import { describe, expect, it } from 'vitest';
import { mutantsEn } from '../../.vitepress/locales/mutants.en.ts';
import { mutantsEs } from '../../.vitepress/locales/mutants.es.ts';
import { mutantsTr } from '../../.vitepress/locales/mutants.tr.ts';

const names = MUTANTS.map(({ name }) => name);

describe('the mutation table', () => {
  it.each([
    ['Turkish', mutantsTr],
    ['Spanish', mutantsEs],
  ])('says in %s what each mutant breaks, and knows no mutant that is gone', (_, { what }) => {
    expect(Object.keys(what)).toEqual(names);
    for (const sentence of Object.values(what)) expect(sentence).toMatch(/^\p{Lu}[^.]+\.$/u);
  });

  it('has its English sentences from the mutants themselves', () => {
    expect(mutantsEn.what).toEqual({});
  });
});
