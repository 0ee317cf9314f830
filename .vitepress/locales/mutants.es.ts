import type { MutantsText } from './mutants.en.ts';

/** The Spanish texts of the mutation table. */
export const mutantsEs: MutantsText = {
  caption: 'Los mutantes y la invariante que encontró cada uno',
  mutant: 'Qué está roto',
  breaks: 'Rompe',
  worlds: 'Mundos hasta encontrarlo',
  rule: 'La regla que lo encontró',
  shownBy: 'Dónde se ve',
  seed: 'semilla {seed}, {profile}',
  watch: 'Ver {name} en el simulador',
  survived: 'no se encontró en {worlds} mundos',
  first: 'la primera en avisar fue {invariant}',
  liveness: 'vivacidad',
  summary: 'La invariante que rompen encontró {caught} de los {total} mutantes.',
  none: 'Todavía no hay ninguna tabla registrada.',
};
