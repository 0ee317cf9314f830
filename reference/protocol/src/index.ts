export { bodyBytes } from './body-bytes.ts';
export { canonicalJson } from './canonical-json.ts';
export { addChecksum, type ChecksummedMessage, messageChecksum } from './checksum.ts';
export { CLOSE_CODES, type CloseName, type ReconnectPolicy, reconnectPolicyOf } from './close-codes.ts';
export type { Codec, FrameBody } from './codec.ts';
export { codecFor } from './codecs.ts';
export { equalInConstantTime } from './constant-time.ts';
export { ERROR_CODES, ERRORS, type ErrorCode, type ErrorDetails, type ErrorInfo, ProtocolError } from './errors.ts';
export { type Direction, encodingOfField, type FrameField, type FrameSpec, fieldsIn } from './frame-schema.ts';
export * from './frames.ts';
export { heldBytesOf } from './held-bytes.ts';
export { DEFAULT_LIMITS, LIMITS, type LimitInfo, type LimitName, type Limits, limitsWith } from './limits.ts';
export { type JsonValue, PAYLOAD_DEPTH_MAX, payloadProblem } from './payload.ts';
export type { Position } from './position.ts';
export {
  ENCODINGS,
  type Encoding,
  encodingOf,
  PROTOCOL_VERSION,
  SUBPROTOCOLS,
  subprotocolOf,
} from './subprotocol.ts';
export { isTopic, TOPIC_BYTES_MAX, TOPIC_PATTERN } from './topic.ts';
