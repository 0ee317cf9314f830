/** Cuts what one side of a NATS connection sends into its frames, and says of each message what becomes of it. */

const LINE_END = Buffer.from('\r\n');

/** From a server, and from a client. */
const MESSAGES = ['MSG', 'HMSG', 'PUB', 'HPUB'];

export class MessageFilter {
  readonly #passes: (subject: string, frame: Buffer) => boolean;
  #rest: Buffer = Buffer.alloc(0);

  /** `passes` is asked for each message; other frames pass. */
  constructor(passes: (subject: string, frame: Buffer) => boolean) {
    this.#passes = passes;
  }

  /** The frames that are complete now and may pass. */
  *passed(data: Buffer): Generator<Buffer> {
    this.#rest = Buffer.concat([this.#rest, data]);
    for (;;) {
      const lineEnd = this.#rest.indexOf(LINE_END);
      if (lineEnd === -1) return;
      // The verb, the subject, other things, and last the number of the bytes that follow, with a line end after them.
      const [verb = '', subject = '', ...more] = this.#rest.subarray(0, lineEnd).toString('latin1').split(' ');
      const isMessage = MESSAGES.includes(verb);
      const end = lineEnd + 2 + (isMessage ? Number(more.at(-1)) + 2 : 0);
      if (this.#rest.length < end) return;
      const frame = this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end);
      if (!isMessage || this.#passes(subject, frame)) yield frame;
    }
  }
}
