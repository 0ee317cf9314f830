import { type ProtocolTables, protocolTables } from './tables.ts';

declare const data: ProtocolTables;

export { data };

export default {
  watch: ['../../../reference/protocol/src/*.ts'],
  load: (): ProtocolTables => protocolTables(),
};
