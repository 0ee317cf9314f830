/** From the first line that a gateway prints to its goodbye. */

import assert from 'node:assert/strict';
import type { GatewayProcess } from '../gateway-process.ts';
import type { Suite } from '../suite.ts';

export const lifecycle: Suite = {
  name: 'lifecycle',
  title: 'Life cycle',
  tests: [
    {
      id: 'prints-address-and-health',
      title: 'prints one line with the address it bound and answers GET /health',
      proves: ['§3.1'],
      encodings: ['json'],
      async run(world) {
        const gateway = await world.gateway({});
        assert.equal(gateway.lines.length, 1);
        assert.match(gateway.lines[0] ?? '', /^listening on ws:\/\/127\.0\.0\.1:[1-9]\d*\/ws$/);
        assert.equal((await gateway.health()).status, 'ok');
      },
    },
    {
      id: 'goodbye',
      title: 'says goodbye with a reconnect window, closes with 4200 and exits with 0 on SIGTERM',
      proves: ['§5.13', '§9.4'],
      async run(world) {
        const gateway = await world.gateway({});
        const probe = await world.connect({ to: gateway });
        const goodbye = probe.next('goodbye');
        const exit = gateway.end('SIGTERM');
        const { code, reconnectMinMs, reconnectMaxMs } = await goodbye;
        assert.equal(code, 4200);
        assert(Number(reconnectMaxMs) > Number(reconnectMinMs));
        assert.equal((await probe.closed).code, 4200);
        assert.equal(await exit, 0);
      },
    },
    {
      id: 'ends-in-spite-of-a-stuck-client',
      title: 'ends on SIGTERM even when a client does not read',
      proves: ['§9.4'],
      async run(world) {
        const gateway = await world.gateway({});
        const probe = await world.connect({ to: gateway });
        probe.stopReading();
        assert.equal(await gateway.end('SIGTERM'), 0);
      },
    },
    {
      id: 'silent-client',
      title: 'pings a silent client, keeps one that answers, and closes one that does not with 4103',
      proves: ['§5.12', '§4.11', '§7'],
      async run(world) {
        const gateway = await world.gateway({ limits: { heartbeatMs: 300, pongTimeoutMs: 3_000 } });
        const silent = await world.connect({ to: gateway, silent: true });
        const alive = await world.connect({ to: gateway });
        const answering = (async () => {
          for (let pings = 0; pings < 3; pings++) await alive.next('ping');
        })();
        assert.equal((await silent.closed).code, 4103);
        assert(silent.frames.some(({ type }) => type === 'ping'));
        await answering;
      },
    },
    {
      id: 'leaves-nothing-behind',
      title: 'holds nothing for clients that have left, whichever way they left',
      proves: ['§8'],
      async run(world) {
        const gateway = await world.gateway({});
        const probes = await Promise.all(Array.from({ length: 20 }, () => world.connect({ to: gateway })));
        const topic = world.topic();
        for (const [n, probe] of probes.entries()) {
          await probe.subscribe(topic);
          await probe.subscribe(`${topic}.${n}`);
        }
        const { connections, subSockets, subscriptions } = await gateway.health();
        assert.deepEqual([connections, subSockets, subscriptions], [20, 21, 40]);
        for (const [n, probe] of probes.entries()) {
          if (n % 2 === 0) probe.cut();
          else await probe.close();
        }
        await untilEmpty(gateway);
      },
    },
  ],
};

/** Resolves when the gateway has noticed that all are gone; the test's own limit ends the wait where it never does. */
async function untilEmpty(gateway: GatewayProcess): Promise<void> {
  for (;;) {
    const { connections, subSockets, subscriptions } = await gateway.health();
    if (connections === 0 && subSockets === 0 && subscriptions === 0) return;
  }
}
