/** The reference gateway as it comes: memory backbone, default limits, and a policy that lets everybody do everything. */

import { StaticPolicy } from '@micro-socket/gateway';
import { serve } from '@micro-socket/gateway/node';
import { parseAddress } from '@micro-socket/transport';

export async function start(): Promise<string> {
  const { address } = await serve({
    addresses: [parseAddress('ws://127.0.0.1:0')],
    policy: new StaticPolicy({ anonymous: { allow: [{ pattern: '>', actions: ['subscribe', 'publish'] }] } }),
    onInternalError(error) {
      // A gateway that fails inside gives no figures.
      console.error(error);
      process.exit(1);
    },
  });
  return address;
}
