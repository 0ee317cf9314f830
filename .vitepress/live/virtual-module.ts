/** The module through which a page learns whether it may start programs, and with which token. */

import type { Arming } from './arming.ts';

export const VIRTUAL_ID = 'virtual:micro-socket-live';
export const RESOLVED_VIRTUAL_ID = `\0${VIRTUAL_ID}`;

export function virtualModuleSource(arming: Arming): string {
  const reason = arming.live ? undefined : arming.reason;
  return [
    `export const live = ${JSON.stringify(arming.live)};`,
    `export const token = ${JSON.stringify(arming.token)};`,
    `export const reason = ${reason === undefined ? 'undefined' : JSON.stringify(reason)};`,
    '',
  ].join('\n');
}
