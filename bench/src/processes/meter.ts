/** Loaded into a program that knows nothing of benchmarks: says what its process has used, and ends it with its parent. */

import { answerParent } from './answers.ts';
import { ownUsage } from './usage.ts';

const tasks = { usage: ownUsage };

export type MeterTasks = typeof tasks;

answerParent(tasks);
