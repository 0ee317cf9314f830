export { ListenError } from '@micro-socket/transport';
export { endWithNpm, onProcessEnd } from './process-end.ts';
export { type RunningGateway, type ServeOptions, serve } from './server.ts';
