import { describe, expect, it } from 'vitest';
import { CombinedPolicy, StaticPolicy } from '../src/index.ts';

const reads = (topic: string) => [{ pattern: topic, actions: ['subscribe'] }];

function twoPolicies() {
  const services = new StaticPolicy({ users: [{ name: 'ann', token: 'service:ann', allow: reads('services') }] });
  const people = new StaticPolicy({
    anonymous: { allow: reads('public') },
    users: [
      { name: 'ann', token: 'ann-token', allow: reads('people') },
      { name: 'eve', token: 'service:eve', allow: reads('services') },
    ],
  });
  const combined = new CombinedPolicy([
    { accepts: (token) => token?.startsWith('service:') === true, policy: services },
    { accepts: () => true, policy: people },
  ]);
  return { services, people, combined };
}

describe('CombinedPolicy (I1)', () => {
  it.each([
    ['service:ann', 'ann', 'services'],
    ['ann-token', 'ann', 'people'],
    [undefined, 'anonymous', 'public'],
  ])(
    'shows the token %s to the policy that accepts it, which answers for its principal',
    async (token, name, topic) => {
      const { combined } = twoPolicies();
      const principal = await combined.authenticate(token);
      expect(principal.name).toBe(name);
      expect(combined.isValid(principal)).toBe(true);
      for (const other of ['services', 'people', 'public']) {
        expect(combined.authorize(principal, 'subscribe', other)).toBe(other === topic);
      }
    },
  );

  it('asks no second policy when the one that accepts a token refuses it', async () => {
    await expect(twoPolicies().combined.authenticate('service:eve')).rejects.toMatchObject({ code: 'AUTH_FAILED' });
  });

  it('refuses what no policy accepts', async () => {
    const none = new CombinedPolicy([{ accepts: () => false, policy: twoPolicies().people }]);
    await expect(none.authenticate('ann-token')).rejects.toMatchObject({
      code: 'AUTH_FAILED',
      message: expect.not.stringContaining('ann-token'),
    });
    await expect(none.authenticate(undefined)).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
    await expect(new CombinedPolicy([]).authenticate('x')).rejects.toMatchObject({ code: 'AUTH_FAILED' });
  });

  it('a principal that it did not make may do nothing and is not valid', async () => {
    const { combined, people } = twoPolicies();
    const principal = await people.authenticate('ann-token');
    expect(people.authorize(principal, 'subscribe', 'people')).toBe(true);
    expect(combined.authorize(principal, 'subscribe', 'people')).toBe(false);
    expect(combined.isValid(principal)).toBe(false);
  });

  it('its version rises with that of each policy, and their revocations hold', async () => {
    const { combined, people, services } = twoPolicies();
    const [service, person] = [await combined.authenticate('service:ann'), await combined.authenticate('ann-token')];
    const before = combined.version;
    services.replace({});
    expect(combined.version).toBe(before + 1);
    expect([service, person].map((principal) => combined.isValid(principal))).toEqual([false, true]);
    people.replace({});
    expect(combined.version).toBe(before + 2);
    expect([service, person].map((principal) => combined.isValid(principal))).toEqual([false, false]);
  });
});
