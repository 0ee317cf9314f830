import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../../src/index.ts';
import { PolicyFile } from '../../src/node/policy-file.ts';
import { type KeyPair, keyPair, keySetOf, keyToken } from '../jwt/support/issuer.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ms-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const allow = [{ pattern: 'prices.*', actions: ['subscribe'] }];
const ann = { name: 'ann', token: 'ann-token', allow };
const bob = { name: 'bob', token: 'bob-token', allow };

/** Writes files beside each other; what is no text is written as JSON. */
function write(files: Readonly<Record<string, unknown>>): void {
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
}

function open(policy: unknown): PolicyFile {
  write({ 'policy.json': policy });
  return new PolicyFile(join(folder, 'policy.json'));
}

/** A token that is good for an hour. */
function tokenOf(pair: KeyPair, sub = 'cid'): Promise<string> {
  return keyToken(pair, { sub, exp: Math.floor(Date.now() / 1_000) + 3_600, grants: allow });
}

const reads = (policy: PolicyFile, principal: Principal, topic = 'prices.a') =>
  policy.authorize(principal, 'subscribe', topic);

describe('a policy file that is read again', () => {
  it('keeps who is still in it, gives new grants at once, and drops the rest (I1)', async () => {
    const policy = open({ users: [ann, bob] });
    const [one, other] = await Promise.all([policy.authenticate('ann-token'), policy.authenticate('bob-token')]);
    const before = policy.version;
    write({ 'policy.json': { users: [{ ...ann, allow: [{ pattern: 'chat', actions: ['subscribe'] }] }] } });
    await policy.reload();
    expect(policy.version).toBeGreaterThan(before);
    expect([policy.isValid(one), reads(policy, one), reads(policy, one, 'chat')]).toEqual([true, false, true]);
    expect([policy.isValid(other), reads(policy, other)]).toEqual([false, false]);
    await expect(policy.authenticate('bob-token')).rejects.toMatchObject({ code: 'AUTH_FAILED' });
  });

  it.each([
    ['no JSON', '{'],
    ['a user without a token', { users: [{ name: 'ann', allow: [] }] }],
    ['a key file that is missing', { jwt: { jwksFile: 'missing.json' } }],
    ['a secret that is too short', { jwt: { secret: 'short' } }],
  ])('that has become %s changes nothing', async (_title, content) => {
    const policy = open({ users: [ann] });
    const principal = await policy.authenticate('ann-token');
    const { version } = policy;
    write({ 'policy.json': content });
    await expect(policy.reload()).rejects.toMatchObject({ code: 'POLICY_INVALID' });
    expect(policy.version).toBe(version);
    expect([policy.isValid(principal), reads(policy, principal)]).toEqual([true, true]);
    await policy.authenticate('ann-token');
  });
});

describe('rules for signed tokens that change', () => {
  const withKeys = (...pairs: readonly KeyPair[]) => ({ 'keys.json': keySetOf(...pairs) });
  const jwt = { jwksFile: 'keys.json' };

  it('a key that is added lets nobody down; one that is taken away takes its tokens along', async () => {
    const [old, fresh] = await Promise.all([keyPair('ES256', 'old'), keyPair('ES256', 'fresh')]);
    write(withKeys(old));
    const policy = open({ jwt, users: [ann] });
    const user = await policy.authenticate('ann-token');
    const early = await policy.authenticate(await tokenOf(old));

    write(withKeys(old, fresh));
    await policy.reload();
    const late = await policy.authenticate(await tokenOf(fresh, 'dan'));
    for (const principal of [user, early, late]) {
      expect([policy.isValid(principal), reads(policy, principal)]).toEqual([true, true]);
    }

    const { version } = policy;
    write(withKeys(fresh));
    await policy.reload();
    expect(policy.version).toBeGreaterThan(version);
    expect([user, early, late].map((principal) => policy.isValid(principal))).toEqual([true, false, true]);
    expect(reads(policy, early)).toBe(false);
    await expect(policy.authenticate(await tokenOf(old))).rejects.toMatchObject({ code: 'AUTH_FAILED' });
  });

  it('a change of users alone is none for them', async () => {
    const pair = await keyPair('ES256', 'k');
    write(withKeys(pair));
    const policy = open({ jwt, users: [ann] });
    const principal = await policy.authenticate(await tokenOf(pair));
    write({ 'policy.json': { jwt, users: [bob] } });
    const reloaded = policy.reload();
    // At once, before anything could have been judged anew.
    expect([policy.isValid(principal), reads(policy, principal)]).toEqual([true, true]);
    await reloaded;
    expect([policy.isValid(principal), reads(policy, principal)]).toEqual([true, true]);
  });

  it('without rules no signed token counts, and with new ones they count again', async () => {
    const pair = await keyPair('ES256', 'k');
    write(withKeys(pair));
    const policy = open({ jwt });
    const token = await tokenOf(pair);
    const principal = await policy.authenticate(token);
    write({ 'policy.json': {} });
    await policy.reload();
    expect(policy.isValid(principal)).toBe(false);
    await expect(policy.authenticate(token)).rejects.toMatchObject({ code: 'AUTH_FAILED' });
    write({ 'policy.json': { jwt } });
    await policy.reload();
    expect(policy.isValid(await policy.authenticate(token))).toBe(true);
  });
});
