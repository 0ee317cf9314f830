/** The texts of the mutation table. Their shape is the contract that the other languages fill. */

export interface MutantsText {
  readonly caption: string;
  readonly mutant: string;
  readonly breaks: string;
  readonly worlds: string;
  readonly rule: string;
  readonly shownBy: string;
  readonly seed: string;
  readonly watch: string;
  readonly survived: string;
  readonly first: string;
  readonly liveness: string;
  readonly summary: string;
  readonly none: string;
}

export const mutantsEn: MutantsText = {
  caption: 'Mutants, and the invariant that found each',
  mutant: 'What is broken',
  breaks: 'Breaks',
  worlds: 'Worlds until it was found',
  rule: 'The rule that found it',
  shownBy: 'Shown by',
  seed: 'seed {seed}, {profile}',
  watch: 'Watch {name} in the simulator',
  survived: 'not found in {worlds} worlds',
  first: '{invariant} spoke first',
  liveness: 'liveness',
  summary: '{caught} of {total} mutants were found by the invariant that they break.',
  none: 'No table has been recorded yet.',
};
