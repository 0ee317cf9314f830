/** What a command needs that starts a gateway and something beside it: the same options, read the same way. */

export { openChosen } from './backbone.ts';
export { commandOf, GATEWAY_OPTIONS, type GatewayCommand, OPTIONS_HELP, parsedWith } from './cli-options.ts';
export { keepRead } from './keep-read.ts';
export { isLoopbackHost } from './origins.ts';
export { keptSecret } from './session-secret.ts';
export { UsageError } from './usage-error.ts';
