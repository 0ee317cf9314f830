/** The site as a reader starts it: the dev server, and the built site. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '../house/source-files.ts';

export interface SiteServer {
  readonly origin: string;
  readonly process: ChildProcess;
  close(): Promise<void>;
}

const VITEPRESS = 'node_modules/vitepress/bin/vitepress.js';

/**
 * Starts `docs:dev` or `docs:preview` on a port and resolves when it says where it is.
 *
 * It starts with an empty cache, as on the first day: then Vite prepares packages as it meets them, and a package met
 * too late makes it load the page anew under the reader's hands.
 */
export async function startSite(command: 'dev' | 'preview', port: number): Promise<SiteServer> {
  const cache = mkdtempSync(join(tmpdir(), 'micro-socket-site-'));
  const child = spawn(process.execPath, ['--import', 'tsx', VITEPRESS, command, '--port', String(port)], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NO_COLOR: '1', DOCS_CACHE_DIR: cache },
  });
  const origin = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`vitepress ${command} ended with ${code}`)));
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const address = /http:\/\/localhost:\d+/.exec(line)?.[0];
      if (address !== undefined) resolve(address);
    });
  });
  return {
    origin,
    process: child,
    async close() {
      if (child.exitCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGTERM');
        await exited;
      }
      rmSync(cache, { recursive: true, force: true });
    },
  };
}
