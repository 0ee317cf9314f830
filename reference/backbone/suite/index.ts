/**
 * What every backbone must do, whatever it is made of, as a test suite for vitest.
 *
 * In the test of a backbone:
 *
 *     import { backboneSuite } from '@micro-socket/backbone/suite';
 *
 *     backboneSuite('MyBackbone', {
 *       make: async (limits) => {
 *         const clock = new MyClock();
 *         return { clock, backbone: await MyBackbone.open({ clock, limits: limitsWith(limits ?? {}) }) };
 *       },
 *       skips: { 'several gateways': 'A store belongs to one process.' },
 *     });
 *
 * `make` gives a backbone with nothing stored and the clock that it lives by. Three groups of rules need more: a second
 * backbone at the same store (`another`), a way to cut it off from its store (`interrupt`), and a way to crash it and open
 * its store again (`restart`). What is not given has to be skipped, and what is skipped has to have a reason, which the
 * test report shows. A reason for a group or a rule that does not exist is an error, so no skip outlives its cause.
 *
 * The suite assumes of a backbone nothing but its contract. Listeners may hear an entry before or after the publish is
 * answered. SeqNos may leave numbers out. Topics may share an epoch. But whatever was acknowledged is seen by every
 * question that is asked afterwards, through any gateway.
 *
 * Every backbone that was given is closed after each rule; `close` must bear to be called again.
 */

export { type BackboneSuiteOptions, backboneSuite, type Skips } from './backbone-suite.ts';
export { RULE_GROUPS, type RuleGroup, type RuleTitle } from './rules.ts';
export type { Interruption, MadeBackbone, MakeBackbone, SuiteClock } from './trial.ts';
