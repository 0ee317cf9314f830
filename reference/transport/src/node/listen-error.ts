import { type Address, formatAddress } from '../address.ts';
import { ListenError } from '../errors.ts';

/** The system's refusal to bind an address, in words. */
export function listenErrorOf(address: Address, cause: NodeJS.ErrnoException): ListenError {
  return new ListenError(formatAddress(address), wordsFor(address, cause), { cause });
}

function wordsFor(address: Address, cause: NodeJS.ErrnoException): string {
  const isFile = address.scheme === 'ipc';
  switch (cause.code) {
    case 'EADDRINUSE':
      return isFile ? 'the file is in use; choose another path' : 'the port is in use; choose another one';
    case 'EACCES':
      // Unix sockets say this of a folder that does not exist, too.
      return isFile ? 'its folder does not exist, or this process may not write there' : cause.message;
    default:
      return cause.message;
  }
}
