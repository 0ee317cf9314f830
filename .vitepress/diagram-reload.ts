/** In the dev server: shows a diagram as soon as `npm run diagrams` has drawn it. */

import type { Plugin } from 'vite';

export function diagramReload(folder: string): Plugin {
  return {
    name: 'micro-socket:diagram-reload',
    apply: 'serve',
    configureServer(server) {
      // The pictures lie outside of the folder that the dev server watches by itself.
      server.watcher.add(folder);
      server.watcher.on('add', (file) => {
        // The dark picture is written last, so the pair is complete.
        if (!file.startsWith(folder) || !file.endsWith('.dark.svg')) return;
        server.moduleGraph.invalidateAll();
        server.ws.send({ type: 'full-reload' });
      });
    },
  };
}
