import { describe, expect, it } from 'vitest';
import { type AccessPolicy, type Principal, StaticPolicy } from '../../src/index.ts';
import { ReplaceablePolicy } from '../../src/node/replaceable-policy.ts';

const knowing = (name: string, token: string, topic = 'a') =>
  new StaticPolicy({ users: [{ name, token, allow: [{ pattern: topic, actions: ['subscribe'] }] }] });

/** A policy that answers when it is told to. */
class Slow implements AccessPolicy {
  readonly version = 0;
  readonly #policy: AccessPolicy;
  #open: () => void = () => {};
  readonly #opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });

  constructor(policy: AccessPolicy) {
    this.#policy = policy;
  }

  open(): void {
    this.#open();
  }

  async authenticate(token: string | undefined): Promise<Principal> {
    await this.#opened;
    return this.#policy.authenticate(token);
  }

  authorize(...question: Parameters<AccessPolicy['authorize']>): boolean {
    return this.#policy.authorize(...question);
  }

  isValid(principal: Principal): boolean {
    return this.#policy.isValid(principal);
  }
}

describe('a policy that is exchanged', () => {
  it('answers for who was let in before, as the new one would', async () => {
    const policy = new ReplaceablePolicy(knowing('ann', 't', 'a'));
    const principal = await policy.authenticate('t');
    const { version } = policy;
    await policy.replace(knowing('ann', 't', 'b'));
    expect(policy.version).toBeGreaterThan(version);
    expect(policy.isValid(principal)).toBe(true);
    expect(['a', 'b'].map((topic) => policy.authorize(principal, 'subscribe', topic))).toEqual([false, true]);
  });

  it.each([
    ['does not know the token', knowing('ann', 'other')],
    ['knows the token as another user’s', knowing('bob', 't')],
  ])('gives up who was let in before when the new one %s', async (_title, next) => {
    const policy = new ReplaceablePolicy(knowing('ann', 't'));
    const principal = await policy.authenticate('t');
    await policy.replace(next);
    expect([policy.isValid(principal), policy.authorize(principal, 'subscribe', 'a')]).toEqual([false, false]);
  });

  it('has the former policy count for who is there until the new one has answered, and rises once more then', async () => {
    const policy = new ReplaceablePolicy(knowing('ann', 't', 'a'));
    const principal = await policy.authenticate('t');
    const next = new Slow(knowing('bob', 'u'));
    const replaced = policy.replace(next);
    const { version } = policy;
    expect([policy.isValid(principal), policy.authorize(principal, 'subscribe', 'a')]).toEqual([true, true]);
    next.open();
    await replaced;
    expect(policy.isValid(principal)).toBe(false);
    expect(policy.version).toBeGreaterThan(version);
  });

  it('has the last one count when it is exchanged again before the one before has answered', async () => {
    const policy = new ReplaceablePolicy(knowing('ann', 't'));
    const principal = await policy.authenticate('t');
    const passing = new Slow(knowing('bob', 't'));
    const first = policy.replace(passing);
    await policy.replace(knowing('ann', 't', 'b'));
    passing.open();
    await first;
    expect(policy.isValid(principal)).toBe(true);
    expect(policy.authorize(principal, 'subscribe', 'b')).toBe(true);
  });

  it('asks the new one about a token that the former one had not answered yet', async () => {
    const former = new Slow(knowing('ann', 't'));
    const policy = new ReplaceablePolicy(former);
    const asked = policy.authenticate('t');
    await policy.replace(knowing('bob', 'u'));
    former.open();
    await expect(asked).rejects.toMatchObject({ code: 'AUTH_FAILED' });
  });

  it('knows nobody whom it did not let in', async () => {
    const inner = knowing('ann', 't');
    const policy = new ReplaceablePolicy(inner);
    const stranger = await inner.authenticate('t');
    expect([policy.isValid(stranger), policy.authorize(stranger, 'subscribe', 'a')]).toEqual([false, false]);
  });

  it('is open to a change of the policy inside', async () => {
    const inner = knowing('ann', 't', 'a');
    const policy = new ReplaceablePolicy(inner);
    const principal = await policy.authenticate('t');
    const { version } = policy;
    inner.replace({});
    expect(policy.version).toBe(version + 1);
    expect(policy.isValid(principal)).toBe(false);
  });
});
