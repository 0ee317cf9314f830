/**
 * The live part of the site: in the dev server, a page can run a suite, a benchmark or an example.
 *
 * A build contains none of it: the virtual module then says that nothing is live, and the page's runner code is left out.
 */

import { join } from 'node:path';
import type { Plugin, ViteDevServer } from 'vite';
import { type Arming, armingOf, disarmed } from './arming.ts';
import { scrubbedEnvironment } from './environment.ts';
import { DEFAULT_LIMITS, type LiveLimits } from './limits.ts';
import { liveMiddleware } from './middleware.ts';
import { LiveService } from './service.ts';
import { projectSpawnTable, type SpawnTable } from './spawn-table.ts';
import { systemTimers, type Timers } from './timers.ts';
import { RESOLVED_VIRTUAL_ID, VIRTUAL_ID, virtualModuleSource } from './virtual-module.ts';

export interface LivePluginOptions {
  /** Root of the repository. Default: the directory in which the server was started. */
  readonly root?: string;
  readonly table?: SpawnTable;
  readonly limits?: Partial<LiveLimits>;
  readonly timers?: Timers;
  /** The environment of the dev server: decides about arming, and is scrubbed for the programs. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** What the codecs of the protocol import; the playground loads them on demand. */
const PLAYGROUND_PACKAGES = ['typebox', 'typebox/compile', '@msgpack/msgpack'];

export function livePlugin(options: LivePluginOptions = {}): Plugin {
  const { root = process.cwd(), table = projectSpawnTable, timers = systemTimers, env = process.env } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  let arming: Arming = disarmed('build');

  return {
    name: 'micro-socket:live',

    // Found only when a reader connects, these would make Vite reload the page, and a reload ends what the page started.
    config: () => ({ optimizeDeps: { include: PLAYGROUND_PACKAGES } }),

    resolveId: (id) => (id === VIRTUAL_ID ? RESOLVED_VIRTUAL_ID : undefined),
    load: (id) => (id === RESOLVED_VIRTUAL_ID ? virtualModuleSource(arming) : undefined),

    configureServer(server) {
      arming = armingOf({ host: server.config.server.host, hasServer: server.httpServer !== null, env });
      const service = new LiveService({
        root,
        table,
        limits,
        timers,
        env: scrubbedEnvironment(env),
        onSaved: () => reloadRecordedResults(server),
      });
      // Registered here and not in a returned function: in front of Vite's own answers, and independent of `base`.
      server.middlewares.use(liveMiddleware(arming, service, limits.bodyBytes));
      closeWith(server, service);
      watchRecordedResults(server, root);
    },
  };
}

/**
 * Ends what was started before the server closes. Not a `closeBundle` hook: on a restart Vite sets up the new server
 * first, with the same plugin object, and the hook could not tell the two servers apart.
 */
function closeWith(server: ViteDevServer, service: LiveService): void {
  const close = server.close.bind(server);
  server.close = async () => {
    await service.close();
    await close();
  };
}

const RESULTS_LOADER = /\/results\.data\.ts$/;

/** Recorded results lie outside of the pages' folder; the pages that show them are told when they change. */
function reloadRecordedResults(server: ViteDevServer): void {
  for (const [id, module] of server.moduleGraph.idToModuleMap) {
    if (RESULTS_LOADER.test(id)) void server.reloadModule(module);
  }
}

/** Shows also what a run in a terminal recorded. */
function watchRecordedResults(server: ViteDevServer, root: string): void {
  const folders = ['e2e', 'bench'].map((kind) => join(root, kind, 'results'));
  server.watcher.add(folders);
  const onFile = (file: string): void => {
    if (file.endsWith('.json') && folders.some((folder) => file.startsWith(folder))) reloadRecordedResults(server);
  };
  server.watcher.on('add', onFile).on('change', onFile).on('unlink', onFile);
}
