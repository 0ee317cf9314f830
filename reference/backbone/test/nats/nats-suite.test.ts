import { limitsWith } from '@micro-socket/protocol';
import { afterAll, beforeAll, describe } from 'vitest';
import { runs } from '../../../../tests/support/runs.ts';
import { ManualClock } from '../../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../../transport/test/support/seeded-random.ts';
import { NatsBackbone } from '../../src/node/nats/index.ts';
import { backboneSuite } from '../../suite/index.ts';
import { NATS_MISSING, NatsServer } from './support/nats-server.ts';
import { TcpProxy } from './support/tcp-proxy.ts';

const SERVERS_BUSINESS =
  'How many topics, ids and bytes are stored is bounded by the server, for all gateways together.';
const REAL_TIME = 'NATS forgets ids by its own clock, which no test can move.';
const CONTENT_GONE =
  'NATS remembers ids without what they stood for, so content is compared while the message is stored.';

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
    skips: {
      'bounds of topics': SERVERS_BUSINESS,
      'bounds of bytes': SERVERS_BUSINESS,
      'bounds of ids': SERVERS_BUSINESS,
      'an id is remembered for exactly dedupWindowMs': REAL_TIME,
      'a duplicate does not keep its id alive longer': REAL_TIME,
      'after the window the same id may carry something else': REAL_TIME,
      'any steps have the results of the model: log, state and dedup window (I2, I3, §5.6)': REAL_TIME,
      'any steps have the results of the model: log, state and dedup window, with small bounds (I2, I3, §5.6)':
        REAL_TIME,
      'any steps have the results of the model: what is given up, and for whom, when bytes and topics run out (§8)':
        SERVERS_BUSINESS,
      'any steps taken through both in turn have the results of the model (I2, I3, §5.6)': CONTENT_GONE,
      'an id is remembered: the same content is a duplicate at the first position, other content a conflict (I2)':
        'Restarted, NATS knows the ids of stored messages only, and content is compared while the message is stored.',
      'an id is forgotten when its window has passed, wherever in it the restart was (I2)': REAL_TIME,
      'any steps with restarts among them have the results of the model (I2, I3, §5.6)': REAL_TIME,
    },
    runs: (count) => runs(Math.ceil(count / 10)),
  });
});
