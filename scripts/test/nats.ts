/** Gets a nats-server for the tests of the NATS backbone: the system's, else Debian's package. */

import { execFileSync } from 'node:child_process';
import { installDebianPackage } from './packages.ts';

/** Says so and goes on where there is none: the tests that need it are skipped then, with that reason. */
export function installNats(): void {
  if (hasNats()) return;
  console.log("No nats-server is installed here; trying Debian's package.");
  try {
    installDebianPackage('nats-server');
  } catch (error) {
    console.log(`That failed: ${(error as Error).message.split('\n')[0]} The tests of the NATS backbone are skipped.`);
  }
}

function hasNats(): boolean {
  try {
    execFileSync('nats-server', ['--version'], {
      stdio: 'ignore',
      env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` },
    });
    return true;
  } catch {
    return false;
  }
}
