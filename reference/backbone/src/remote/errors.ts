/** What answers at the engine's address cannot be a backbone. */
export class EngineUnsuitableError extends Error {
  readonly code = 'ENGINE_UNSUITABLE';

  constructor(engine: string, why: string) {
    super(`${engine} cannot be used as a backbone: ${why}.`);
    this.name = 'EngineUnsuitableError';
  }
}
