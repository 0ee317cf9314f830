import type { MutantsText } from './mutants.en.ts';

/** The Turkish texts of the mutation table. */
export const mutantsTr: MutantsText = {
  caption: 'Mutantlar ve her birini bulan değişmez',
  mutant: 'Bozulan kural',
  breaks: 'Bozduğu',
  worlds: 'Kaçıncı dünyada bulundu',
  rule: 'Onu bulan kural',
  shownBy: 'Gösteren dünya',
  seed: 'tohum {seed}, {profile}',
  watch: '{name} mutantını simülatörde izle',
  survived: '{worlds} dünyada bulunamadı',
  first: 'ilk konuşan {invariant} oldu',
  liveness: 'canlılık',
  summary: '{total} mutanttan {caught} tanesini, bozduğu değişmez buldu.',
  none: 'Henüz kayıtlı bir tablo yok.',
};
