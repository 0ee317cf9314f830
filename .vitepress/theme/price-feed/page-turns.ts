/**
 * The ends of turns in a page. A timer of a page that is set again and again waits four milliseconds each time, which is
 * long for frames that go from one part of the page to another; a message between two ports does not wait.
 */

export class PageTurns {
  readonly #channel = new MessageChannel();
  readonly #actions: (() => void)[] = [];

  constructor() {
    this.#channel.port1.onmessage = () => this.#actions.shift()?.();
  }

  soon(action: () => void): void {
    this.#actions.push(action);
    this.#channel.port2.postMessage(undefined);
  }

  close(): void {
    this.#channel.port1.close();
  }
}
