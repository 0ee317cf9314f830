/** Cuts what a NATS server sends into its frames, and lets only some messages through. */

const LINE_END = Buffer.from('\r\n');

export class MessageFilter {
  readonly #passes: (subject: string) => boolean;
  #rest: Buffer = Buffer.alloc(0);

  constructor(passes: (subject: string) => boolean) {
    this.#passes = passes;
  }

  /** The frames that are complete now and may pass. */
  *passed(data: Buffer): Generator<Buffer> {
    this.#rest = Buffer.concat([this.#rest, data]);
    for (;;) {
      const lineEnd = this.#rest.indexOf(LINE_END);
      if (lineEnd === -1) return;
      // `MSG subject sid [reply] bytes` or `HMSG subject sid [reply] headerBytes bytes`, then the bytes and a line end.
      const [verb = '', subject = '', ...more] = this.#rest.subarray(0, lineEnd).toString('latin1').split(' ');
      const isMessage = verb === 'MSG' || verb === 'HMSG';
      const end = lineEnd + 2 + (isMessage ? Number(more.at(-1)) + 2 : 0);
      if (this.#rest.length < end) return;
      const frame = this.#rest.subarray(0, end);
      this.#rest = this.#rest.subarray(end);
      if (!isMessage || this.#passes(subject)) yield frame;
    }
  }
}
