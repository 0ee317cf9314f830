export { turn } from './turn.ts';
export { uncaught } from './uncaught.ts';
