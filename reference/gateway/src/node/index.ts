export { endWithNpm, onProcessEnd } from './process-end.ts';
export { ListenError, type RunningGateway, type ServeOptions, serve } from './server.ts';
