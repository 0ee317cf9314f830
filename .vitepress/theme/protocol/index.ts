import type { Component } from 'vue';
import CloseCodes from './CloseCodes.vue';
import ErrorCodes from './ErrorCodes.vue';
import FrameFields from './FrameFields.vue';
import LimitTable from './LimitTable.vue';

/** The protocol's tables, to be registered under their names. */
export const protocolComponents: Readonly<Record<string, Component>> = {
  CloseCodes,
  ErrorCodes,
  FrameFields,
  LimitTable,
};
