import { en } from '../../locales/protocol.en.ts';
import { es } from '../../locales/protocol.es.ts';
import { tr } from '../../locales/protocol.tr.ts';
import { useTextOf } from '../text.ts';

/** The words of the protocol's tables in the language of the page. */
export function useProtocolText() {
  return useTextOf({ en, tr, es });
}
