/** The mutation table: how it is made, and how it is written. */

export {
  type Finding,
  type MutantRow,
  mutantTable,
  type TableOptions,
  type TableWorld,
  tableWorlds,
  WORLDS_MAX,
} from './table.ts';
export { rowText, tableText } from './table-text.ts';
