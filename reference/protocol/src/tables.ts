/** The protocol's tables alone, for pages that show them and need no codec. */
export { CLOSE_CODES, type CloseName, type ReconnectPolicy, reconnectPolicyOf } from './close-codes.ts';
export { ERRORS, type ErrorCode, type ErrorInfo } from './errors.ts';
export { FRAME_WORDS, type FrameWords } from './frame-words.ts';
export { LIMITS, type LimitInfo, type LimitName } from './limits.ts';
