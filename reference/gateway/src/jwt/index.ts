export {
  JWT_ALGORITHMS,
  type JwtAlgorithm,
  type JwtKeys,
  type LocalKeys,
  type RemoteKeys,
  type SecretKeys,
} from './jwt-keys.ts';
export { JwtPolicy, type JwtPolicyOptions } from './jwt-policy.ts';
export { looksLikeJwt, type PolicyPorts, policyFrom } from './policy-file.ts';
export { KeysUnavailableError } from './remote-key-set.ts';
export { type Revocation, RevocationError } from './revocations.ts';
