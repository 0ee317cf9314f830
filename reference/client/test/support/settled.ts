/** Promises in virtual time. */

interface World {
  settle(): Promise<void>;
}

/** What a promise has come to when everything has settled; its error is thrown. */
export async function settled<Value>(world: World, promise: Promise<Value>): Promise<Value> {
  // Watched at once, so that a rejection while the clock runs is not taken for one that nobody handles.
  if (await isWaiting(world, promise)) throw new Error('It is still waiting.');
  return promise;
}

/** Whether a promise is still waiting after everything has settled. */
export async function isWaiting(world: World, promise: Promise<unknown>): Promise<boolean> {
  let waiting = true;
  const done = () => {
    waiting = false;
  };
  promise.then(done, done);
  await world.settle();
  return waiting;
}
