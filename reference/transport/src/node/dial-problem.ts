/** What the system says of a connection that failed, in words for people. */

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOENT: 'there is no such socket file',
  EACCES: 'this process has no right to connect there',
  ENOTFOUND: 'the name of the host is not known',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ETIMEDOUT: 'it did not answer in time',
  ECONNRESET: 'it cut the connection before it answered',
  EPIPE: 'it cut the connection before it answered',
};

/** The verdicts of OpenSSL on a chain of certificates, as Node names them. */
const NOT_TRUSTED = [
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

/** The system's own text stands in brackets, because it is what can be looked up. */
export function dialProblem(error: NodeJS.ErrnoException): string {
  const { code = '' } = error;
  const text = error.message.trim() || code;
  if (NOT_TRUSTED.includes(code)) return `its TLS certificate is not trusted (${text})`;
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) return `TLS could not be agreed on (${text})`;
  const words = WORDS[code];
  return words === undefined ? text : `${words} (${text})`;
}
