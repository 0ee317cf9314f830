/**
 * A program and everything that it starts, as one thing that can be ended.
 *
 * The program leads a process group of its own, so one signal reaches its children and their children too. A group is
 * asked with SIGTERM and, after a grace period, ended with SIGKILL. When the leader ends by itself, what it left behind in
 * the group is killed. A descendant that leaves the group on purpose is out of reach; none of the suites does that.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Environment } from './environment.ts';
import { forgetGroup, killOnExit } from './exit-hooks.ts';
import type { Timers } from './timers.ts';

export interface GroupCommand {
  /** Arguments for the Node that runs this server. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Environment;
}

export interface GroupExit {
  /** Null when a signal ended the leader, or when it could not be started. */
  readonly code: number | null;
  /** Set when the leader could not be started. */
  readonly error?: string;
}

export class ProcessGroup {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the leader is gone, the rest of the group was killed and both outputs were read to their ends. */
  readonly ended: Promise<GroupExit>;

  readonly #child: ChildProcess;
  readonly #timers: Timers;
  readonly #graceMs: number;
  #stopping = false;
  #gone = false;
  #cancelGrace: () => void = () => {};

  constructor(command: GroupCommand, timers: Timers, graceMs: number) {
    this.#timers = timers;
    this.#graceMs = graceMs;
    const child = spawn(process.execPath, command.args, {
      cwd: command.cwd,
      env: command.env,
      detached: process.platform !== 'win32',
      shell: false,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    this.#child = child;
    this.stdout = child.stdout;
    this.stderr = child.stderr;
    killOnExit(this);
    this.ended = this.#untilEnded();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Asks the group to end, and makes it after the grace period. Safe to call again. */
  stop(): Promise<GroupExit> {
    if (!this.#stopping && !this.#gone) {
      this.#stopping = true;
      this.#signal('SIGTERM');
      this.#cancelGrace = this.#timers.after(this.#graceMs, () => this.killNow());
    }
    return this.ended;
  }

  /** Ends the group at once, without waiting for anything. Usable while the process exits. */
  killNow(): void {
    this.#signal('SIGKILL');
  }

  #untilEnded(): Promise<GroupExit> {
    const child = this.#child;
    return new Promise((resolve) => {
      let startError: string | undefined;
      // A descendant that left the group may hold an output open for ever; what it says is not waited for.
      let cancelReading = (): void => {};
      child.on('error', (error) => {
        startError = error.message;
        // Without a process there is no exit and no close to wait for.
        if (child.pid === undefined) settle(null);
      });
      child.on('exit', () => {
        this.#cancelGrace();
        this.killNow();
        this.#gone = true;
        forgetGroup(this);
        cancelReading = this.#timers.after(this.#graceMs, () => this.#closeOutputs());
      });
      child.on('close', (code) => settle(code));
      const settle = (code: number | null): void => {
        cancelReading();
        this.#gone = true;
        forgetGroup(this);
        resolve(startError === undefined ? { code } : { code, error: startError });
      };
    });
  }

  #closeOutputs(): void {
    this.stdout.destroy();
    this.stderr.destroy();
  }

  #signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    const pid = this.#child.pid;
    if (pid === undefined || this.#gone) return;
    if (process.platform === 'win32') {
      spawnSync('taskkill', ['/T', '/F', '/PID', String(pid)], { stdio: 'ignore', windowsHide: true });
      return;
    }
    try {
      process.kill(-pid, signal);
    } catch (error) {
      // ESRCH: nobody of the group is left, which is what was wanted. EPERM is the same on systems that still count
      // the dead. This runs in exit hooks and timers, where a throw would end the dev server.
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ESRCH' && code !== 'EPERM') console.error(error);
    }
  }
}
