import { ProtocolError } from '@micro-socket/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { ACTIONS, type AccessPolicy, type Action, isAllowed, requireAccess, StaticPolicy } from '../src/index.ts';

const ann = { name: 'ann' };

/** A policy of which only the answer of `authorize` matters. */
function answering(authorize: AccessPolicy['authorize']): AccessPolicy {
  return { authenticate: async () => ann, authorize, isValid: () => true, version: 0 };
}

async function anonymousWith(pattern: string, ...actions: Action[]) {
  const policy = new StaticPolicy({ anonymous: { allow: [{ pattern, actions }] } });
  return { policy, principal: await policy.authenticate(undefined) };
}

describe('requireAccess (I1)', () => {
  it('passes what the policy allows', () => {
    expect(() =>
      requireAccess(
        answering(() => true),
        ann,
        'subscribe',
        'a',
      ),
    ).not.toThrow();
  });

  it('refuses the rest with ACL_DENIED that names who, what and where', () => {
    const act = () =>
      requireAccess(
        answering(() => false),
        ann,
        'publish',
        'a.b',
      );
    expect(act).toThrow(ProtocolError);
    expect(act).toThrow(
      expect.objectContaining({ code: 'ACL_DENIED', topic: 'a.b', message: 'ann may not publish on a.b.' }),
    );
  });

  it.each([undefined, 1, 'yes', {}, Promise.resolve(true)])('an answer that is not true is a no: %o', (answer) => {
    expect(isAllowed(answering((() => answer) as () => boolean), ann, 'subscribe', 'a')).toBe(false);
  });

  it('a policy that throws says no, and its failure is told', () => {
    const failure = new Error('the table of grants is broken');
    const policy = answering(() => {
      throw failure;
    });
    const told: unknown[] = [];
    const act = () => requireAccess(policy, ann, 'subscribe', 'a', (error) => told.push(error));
    expect(act).toThrow(expect.objectContaining({ code: 'ACL_DENIED', message: expect.not.stringContaining('table') }));
    expect(told).toEqual([failure]);
    expect(() => requireAccess(policy, ann, 'subscribe', 'a')).toThrow(expect.objectContaining({ code: 'ACL_DENIED' }));
  });
});

describe('access to derived topics (I1, §4.8)', () => {
  it.each(['~presence', '~occupancy'])('who may subscribe to the base may subscribe to its %s', async (last) => {
    const { policy, principal } = await anonymousWith('room.*', 'subscribe');
    expect(isAllowed(policy, principal, 'subscribe', `room.7.${last}`)).toBe(true);
    expect(isAllowed(policy, principal, 'subscribe', `hall.7.${last}`)).toBe(false);
    expect(isAllowed(policy, principal, 'subscribe', `room.${last}`)).toBe(false);
  });

  it('asks the policy for subscribe on the base', () => {
    const asked: unknown[][] = [];
    const policy = answering((...question) => asked.push(question) > 0);
    requireAccess(policy, ann, 'subscribe', 'room.7.~presence');
    expect(asked).toEqual([[ann, 'subscribe', 'room.7']]);
  });

  it.each(['publish', 'presence'] as const)('the grant %s on the base does not let one read them', async (action) => {
    const { policy, principal } = await anonymousWith('room.*', action);
    expect(isAllowed(policy, principal, 'subscribe', 'room.7.~presence')).toBe(false);
  });

  it('a grant on the derived topic alone is of no use', async () => {
    const { policy, principal } = await anonymousWith('room.7.~presence', 'subscribe');
    expect(isAllowed(policy, principal, 'subscribe', 'room.7.~presence')).toBe(false);
  });

  it.each(['~presence', '~occupancy', 'room.7.~presence', 'room.7.~occupancy', 'room.7.~presence.~presence'])(
    'nobody publishes on %s, and nobody is present there',
    async (topic) => {
      const { policy, principal } = await anonymousWith('>', ...ACTIONS);
      for (const action of ['publish', 'presence'] as const) {
        expect(() => requireAccess(policy, principal, action, topic)).toThrow(
          expect.objectContaining({ code: 'ACL_DENIED', topic }),
        );
      }
    },
  );

  it.each(['~presence', '~occupancy', 'room.~presence.~presence', 'a.~occupancy.~presence', '~presence.~presence'])(
    'nobody subscribes to %s, which has no base',
    async (topic) => {
      const { policy, principal } = await anonymousWith('>', ...ACTIONS);
      expect(isAllowed(policy, principal, 'subscribe', topic)).toBe(false);
    },
  );

  it('a reserved token in another place is a token like any other', async () => {
    const { policy, principal } = await anonymousWith('room.>', 'publish');
    expect(isAllowed(policy, principal, 'publish', 'room.~presence.7')).toBe(true);
  });
});

/** What a pattern means, said another way. */
function covers(pattern: string, topic: string): boolean {
  const expression = pattern
    .split('.')
    .map((token) => (token === '*' ? '[^.]+' : token === '>' ? '.+' : token))
    .join('\\.');
  return new RegExp(`^${expression}$`).test(topic);
}

const token = fc.constantFrom('a', 'b', 'ab', '~presence', '~occupancy', '7');
const topics = fc.array(token, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join('.'));
const patterns = fc
  .tuple(fc.array(fc.oneof(token, fc.constant('*')), { minLength: 1, maxLength: 3 }), fc.constantFrom('', '', '.>'))
  .map(([tokens, end]) => tokens.join('.') + end);
const grants = fc.array(
  fc.record({ pattern: patterns, actions: fc.uniqueArray(fc.constantFrom(...ACTIONS), { minLength: 1 }) }),
  { maxLength: 5 },
);

describe('deny by default (I1)', () => {
  it('a static policy allows exactly what one of its grants covers', async () => {
    const anyone = fc.option(fc.record({ allow: grants }), { nil: undefined });
    const property = fc.asyncProperty(anyone, grants, topics, fc.constantFrom(...ACTIONS), async (...args) => {
      const [anonymous, allow, topic, action] = args;
      const users = [{ name: 'ann', token: 'ann-token', allow }];
      const policy = new StaticPolicy(anonymous === undefined ? { users } : { anonymous, users });
      const principal = await policy.authenticate('ann-token');
      const granted = allow.some(({ pattern, actions }) => actions.includes(action) && covers(pattern, topic));
      expect(policy.authorize(principal, action, topic)).toBe(granted);
      expect(policy.authorize({ name: 'ann' }, action, topic)).toBe(false);
    });
    await fc.assert(property, { numRuns: runs(300) });
  });

  it('no document, principal, action or topic makes it throw, and nonsense is not allowed', () => {
    const property = fc.property(grants, fc.object(), fc.string(), fc.string(), (allow, principal, action, topic) => {
      const policy = new StaticPolicy({ anonymous: { allow } });
      expect(policy.authorize(principal as never, action as Action, topic)).toBe(false);
      expect(policy.isValid(principal as never)).toBe(false);
      expect(isAllowed(policy, principal as never, action as Action, topic)).toBe(false);
    });
    fc.assert(property, { numRuns: runs(300) });
  });
});
