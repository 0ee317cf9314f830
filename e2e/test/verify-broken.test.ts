import { limitsWith } from '@micro-socket/protocol';
import { describe, expect, it } from 'vitest';
import { checksUpTo, verify } from '../src/verify/run.ts';
import type { Settings } from '../src/verify/settings.ts';
import { coreFaults } from './broken/core-faults.ts';
import { dedupFaults } from './broken/dedup-faults.ts';
import { orderFaults } from './broken/order-faults.ts';
import { neverAsked, policyFaults } from './broken/policy-faults.ts';
import { startProxy } from './broken/proxy.ts';
import { resumeFaults } from './broken/resume-faults.ts';
import { stateFaults } from './broken/state-faults.ts';
import { failuresIn } from './support/failures.ts';
import { BROKEN_LIMITS, settingsFor, startGateway, verifyPolicy } from './support/verified-gateway.ts';

const FAULTS = [...coreFaults, ...dedupFaults, ...orderFaults, ...stateFaults, ...resumeFaults];

/** Each fault has a gateway of its own, so that one cannot hide another. */
const options = { concurrent: true };

describe('a gateway that', options, () => {
  it.each(FAULTS)('$name is caught by $caughtBy', async (fault) => {
    const limits = limitsWith({ ...BROKEN_LIMITS, ...fault.limits });
    const gateway = await startGateway({ limits });
    const proxy = await startProxy(gateway.address, fault);
    const report = await verifiedBy({ ...settingsFor(proxy.address, 'broken'), limits }, fault.caughtBy);
    await proxy.close();
    await gateway.close();
    expect(report.failed).toBeGreaterThan(0);
    expect(failuresIn(report.checks).join('\n')).toMatch(fault.seenAs);
  });

  it.each(policyFaults)('$name is caught by $caughtBy', async ({ action, caughtBy, seenAs }) => {
    const gateway = await startGateway({ limits: BROKEN_LIMITS, policy: neverAsked(verifyPolicy(), action) });
    const report = await verifiedBy(settingsFor(gateway.address, 'broken'), caughtBy);
    await gateway.close();
    expect(report.failed).toBeGreaterThan(0);
    expect(failuresIn(report.checks).join('\n')).toMatch(seenAs);
  });
});

async function verifiedBy(settings: Settings, id: string) {
  const checks = checksUpTo('durable').filter((check) => check.id === id);
  expect(checks.map((check) => check.id)).toEqual([id]);
  return verify(settings, undefined, checks);
}
