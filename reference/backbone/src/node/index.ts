export { type OpenBackboneOptions, openBackbone } from './open-backbone.ts';
