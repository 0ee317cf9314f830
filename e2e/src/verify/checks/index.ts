import type { Check } from '../check.ts';
import { LEVELS } from '../level.ts';
import { accessChecks } from './access.ts';
import { anchorChecks } from './anchor.ts';
import { badInputChecks } from './bad-input.ts';
import { byteStreamChecks } from './byte-stream.ts';
import { dedupChecks } from './dedup.ts';
import { encodingChecks } from './encoding.ts';
import { handshakeChecks } from './handshake.ts';
import { headChecks } from './head.ts';
import { heartbeatChecks } from './heartbeat.ts';
import { httpChecks } from './http-beside.ts';
import { modeChecks } from './modes.ts';
import { orderChecks } from './order.ts';
import { presenceChecks } from './presence.ts';
import { publishChecks } from './publish.ts';
import { readChecks } from './read.ts';
import { replayChecks } from './replay.ts';
import { resumeChecks } from './resume.ts';
import { sessionChecks } from './session.ts';
import { setupChecks } from './setup.ts';
import { slowReaderChecks } from './slow-reader.ts';
import { snapshotChecks } from './snapshot.ts';
import { subscribeChecks } from './subscribe.ts';

/** All checks, by level, in the order of reports. */
export const CHECKS: readonly Check[] = [
  ...setupChecks,
  ...handshakeChecks,
  ...byteStreamChecks,
  ...encodingChecks,
  ...badInputChecks,
  ...accessChecks,
  ...subscribeChecks,
  ...publishChecks,
  ...heartbeatChecks,
  ...dedupChecks,
  ...orderChecks,
  ...modeChecks,
  ...slowReaderChecks,
  ...snapshotChecks,
  ...replayChecks,
  ...readChecks,
  ...resumeChecks,
  ...anchorChecks,
  ...headChecks,
  ...sessionChecks,
  ...presenceChecks,
  ...httpChecks,
].toSorted((one, other) => LEVELS.indexOf(one.level) - LEVELS.indexOf(other.level));
