/** Who a client of NATS is. */

import {
  type Authenticator,
  credsAuthenticator,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from '@nats-io/transport-node';

/** Who this client is, in one of the ways that NATS knows. */
export type NatsCredentials =
  | { readonly user: string; readonly password: string }
  | { readonly token: string }
  /** The seed of an NKey: `SU…`. */
  | { readonly seed: string }
  /** The content of a `.creds` file. */
  | { readonly creds: string };

export function authenticatorOf(credentials: NatsCredentials): Authenticator {
  const bytes = (text: string) => new TextEncoder().encode(text);
  if ('user' in credentials) return usernamePasswordAuthenticator(credentials.user, credentials.password);
  if ('token' in credentials) return tokenAuthenticator(credentials.token);
  if ('seed' in credentials) return nkeyAuthenticator(bytes(credentials.seed));
  return credsAuthenticator(bytes(credentials.creds));
}
