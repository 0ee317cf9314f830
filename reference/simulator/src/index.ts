export type { Checker, NewChecker } from './checkers/checker.ts';
export { newCheckers } from './checkers/index.ts';
export type * from './history.ts';
export { SIM_LIMITS } from './limits.ts';
export { planOf } from './plan/plan.ts';
export { type SettingsChange, settingsOf } from './plan/profiles.ts';
export {
  FAULT_NAMES,
  type FaultName,
  type NetworkSettings,
  type PlannedFault,
  PROFILE_NAMES,
  type ProfileName,
  type Settings,
} from './settings.ts';
export {
  type NodeInfo,
  type Phase,
  type RunReport,
  Simulation,
  type SimulationOptions,
  sinceBeginning,
} from './simulation.ts';
export { BEGINNING_MS } from './time/node-clock.ts';
export type { Turn } from './time/turn.ts';
export type { ConnectionEvent, NetworkEvent, NodeEvent, PacketEvent, TraceEvent } from './trace.ts';
export { INVARIANTS, type Invariant, type Violation } from './violation.ts';
