import { limitsWith } from '@micro-socket/protocol';
import { afterAll, beforeAll, describe } from 'vitest';
import { runs } from '../../../../tests/support/runs.ts';
import { ManualClock } from '../../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../../transport/test/support/seeded-random.ts';
import { NatsBackbone } from '../../src/node/nats/index.ts';
import { backboneSuite } from '../../suite/index.ts';
import { NATS_MISSING, NatsServer } from './support/nats-server.ts';
import { NATS_SKIPS } from './support/skips.ts';
import { TcpProxy } from './support/tcp-proxy.ts';

describe.skipIf(NATS_MISSING !== undefined)(`NatsBackbone${NATS_MISSING ? ` — skipped: ${NATS_MISSING}` : ''}`, () => {
  let server: NatsServer;
  let made = 0;
  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(() => server.dispose());

  backboneSuite('NatsBackbone', {
    make: async (limits = {}) => {
      const clock = new ManualClock();
      const stream = `S${made++}`;
      const connect = (proxy: TcpProxy, seed: number) =>
        NatsBackbone.connect({
          servers: proxy.url,
          stream,
          clock,
          random: seededRandom(seed),
          limits: limitsWith(limits),
        });
      const proxies = [await TcpProxy.start(() => server.port)];
      const [first] = proxies as [TcpProxy];
      const crashed: NatsBackbone[] = [];
      let current = await connect(first, made);
      return {
        backbone: current,
        clock,
        another: async () => {
          const proxy = await TcpProxy.start(() => server.port);
          proxies.push(proxy);
          return connect(proxy, made + 1_000);
        },
        interrupt: { cut: () => first.cut(), heal: () => first.heal() },
        restart: async () => {
          // The process that held it is gone, and with it the server's.
          await proxies.at(-1)?.cut();
          crashed.push(current);
          await server.kill();
          await server.start();
          const proxy = await TcpProxy.start(() => server.port);
          proxies.push(proxy);
          current = await connect(proxy, made + 2_000);
          return current;
        },
        dispose: async () => {
          for (const backbone of crashed) await backbone.close();
          for (const proxy of proxies) await proxy.dispose();
        },
      };
    },
    skips: NATS_SKIPS,
    runs: (count) => runs(Math.ceil(count / 10)),
  });
});
