/**
 * A recorded file as a source of prices: the feed's own CSV and NDJSON, and Binance's public trades.
 *
 * The file is read in pieces and never held; what is in memory is one piece and its lines. Before every tick the sink is
 * asked for room, so nothing of a file is conflated, however fast it is played, unless the backbone refuses.
 *
 * How it ends: after the last line with `ended`. Where it cannot go on (a file that is gone, a line that cannot be read
 * while `badLines` is `fatal`), the sink hears `lost` with the reason, and never `ended`: not everything was told.
 */

import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Clock } from '@micro-socket/transport';
import { BoundedReports } from '../core/bounded-reports.ts';
import { PriceFeedError } from '../core/errors.ts';
import type { Instrument } from '../core/instrument.ts';
import type { PriceSource, SourceSink } from '../core/source.ts';
import { bookFor, detectFormat, type FileFormat, type FileSettings, readerFor } from '../core/sources/file-format.ts';
import type { InstrumentBook } from '../core/sources/instrument-book.ts';
import type { LineReader } from '../core/sources/line-reader.ts';
import { LINE_CHARS_MAX, type Line, LineSplitter } from '../core/sources/line-splitter.ts';
import { Pace } from '../core/sources/pace.ts';
import { RepeatShift } from '../core/sources/repeat-shift.ts';
import { checkedSpeed, type Speed } from '../core/sources/speed.ts';
import type { Tick } from '../core/tick.ts';
import { FileSourceError, wordsForFile } from './file-source-error.ts';

export interface FileSourceOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Default: what the first line and the name of the file tell. */
  readonly format?: FileFormat | undefined;
  /** The instrument of a file that does not name it. */
  readonly instrument?: string | undefined;
  /** Decimals and steps of instruments; they come before all others. */
  readonly instruments?: readonly Instrument[];
  /** Default `recorded`. */
  readonly speed?: Speed;
  /** What to do about a line that cannot be read. Default `skip`: it is told and counted. */
  readonly badLines?: 'skip' | 'fatal';
  /** Begins again at the end, with source times and sequences that go on. Default false. */
  readonly repeat?: boolean;
}

const PIECE_BYTES = 65_536;

type Report = 'bad lines';

/** What one run needs, from `start` on. */
interface Run {
  readonly sink: SourceSink;
  readonly settings: FileSettings;
  readonly book: InstrumentBook;
  readonly reports: BoundedReports<Report>;
}

export class FileSource implements PriceSource {
  readonly name = 'file';
  readonly #options: FileSourceOptions;
  readonly #fileName: string;
  readonly #pace: Pace;
  readonly #shift = new RepeatShift();
  /** Instruments that the sink has been told. */
  readonly #told = new Set<string>();
  #reports: BoundedReports<Report> | undefined;
  #handle: FileHandle | undefined;
  #isStopped = false;

  /** Throws `PriceFeedError` FIELD for a speed that is none. */
  constructor(options: FileSourceOptions) {
    this.#options = options;
    this.#fileName = basename(options.path);
    this.#pace = new Pace(options.clock, checkedSpeed(options.speed ?? 'recorded'));
  }

  /** Lines that could not be read, in all passes. */
  get badLineCount(): number {
    return this.#reports?.count('bad lines') ?? 0;
  }

  /**
   * Resolves when the file is open and its format is known. Rejects with `FileSourceError` for a file that cannot be
   * read, and with `PriceFeedError` for one whose format or instrument is not clear.
   */
  async start(sink: SourceSink): Promise<void> {
    const { format, instrument, instruments = [] } = this.#options;
    const reports = new BoundedReports<Report>((text) => sink.problem(text));
    this.#reports = reports;
    const first = await this.#firstLine();
    if (this.#isStopped) return;
    if (first === undefined) {
      sink.problem(`${this.#fileName} is empty.`);
      sink.ended();
      return;
    }
    const settings: FileSettings = {
      fileName: this.#fileName,
      format: format ?? detectFormat(this.#fileName, first),
      instrument,
      instruments,
    };
    const book = bookFor(settings);
    readerFor(settings, book, first);
    sink.found();
    void this.#run({ sink, settings, book, reports });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#pace.stop();
    await this.#handle?.close();
  }

  async #run(run: Run): Promise<void> {
    const { sink, reports } = run;
    try {
      do {
        await this.#playOnce(run);
        this.#shift.nextPass();
      } while (this.#options.repeat === true && this.#shift.hasTicks && !this.#isStopped);
      if (this.#isStopped) return;
      if (this.#options.repeat === true) sink.problem(`${this.#fileName} has no tick that could be repeated.`);
      reports.end();
      sink.ended();
    } catch (error) {
      if (this.#isStopped) return;
      const why = error instanceof Error ? error.message : String(error);
      reports.end();
      sink.lost(why);
    }
  }

  async #playOnce(run: Run): Promise<void> {
    let reader: LineReader | undefined;
    for await (const lines of this.#pieces()) {
      for (const line of lines) {
        if (line.text?.trim() === '') continue;
        if (reader === undefined) {
          reader = readerFor(run.settings, run.book, line.text ?? '');
          if (reader.hasHeader) continue;
        }
        await this.#play(line, reader, run);
        if (this.#isStopped) return;
      }
    }
  }

  async #play(line: Line, reader: LineReader, run: Run): Promise<void> {
    const tick = this.#read(line, reader, run);
    if (tick === undefined) return;
    const shifted = this.#shift.shifted(tick);
    await this.#pace.until(shifted.sourceTime);
    if (this.#isStopped) return;
    await run.sink.ready();
    if (!this.#isStopped) run.sink.tick(shifted);
  }

  /** The tick of a line, once the sink knows its instrument. */
  #read({ number, text }: Line, reader: LineReader, { sink, book, reports }: Run): Tick | undefined {
    try {
      if (text === undefined) throw new PriceFeedError('FIELD', `It is longer than ${LINE_CHARS_MAX} characters.`);
      const tick = reader.read(text);
      if (tick !== undefined && !this.#told.has(tick.instrument)) {
        this.#tell(book.find(tick.instrument), sink);
      }
      return tick;
    } catch (error) {
      if (!(error instanceof PriceFeedError)) throw error;
      const what = `${this.#fileName}, line ${number}: ${error.message}`;
      if (this.#options.badLines === 'fatal') throw new FileSourceError(what);
      reports.add('bad lines', what);
      return undefined;
    }
  }

  /** An instrument that the sink does not take is no fault of a line. */
  #tell(instrument: Instrument, sink: SourceSink): void {
    try {
      sink.instrument(instrument);
    } catch (error) {
      throw new FileSourceError(`${this.#fileName} does not fit: ${(error as Error).message}`);
    }
    this.#told.add(instrument.id);
  }

  /** The first line that is not empty; `undefined` for a file that has none. */
  async #firstLine(): Promise<string | undefined> {
    await this.#checkFile();
    for await (const lines of this.#pieces()) {
      const line = lines.find(({ text }) => text === undefined || text.trim() !== '');
      if (line === undefined) continue;
      if (line.text !== undefined && !isPacked(line.text)) return line.text;
      const what =
        line.text === undefined ? `its first line has more than ${LINE_CHARS_MAX} characters` : 'it is packed';
      throw new FileSourceError(`${this.#options.path} is no recorded prices: ${what}.`);
    }
    return undefined;
  }

  async #checkFile(): Promise<void> {
    const { path } = this.#options;
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
      throw new FileSourceError(wordsForFile(path, error));
    });
    if (!found.isFile()) throw new FileSourceError(`${path} is not a file.`);
  }

  /** The lines of the file, piece by piece. */
  async *#pieces(): AsyncGenerator<Line[]> {
    const { path } = this.#options;
    const splitter = new LineSplitter();
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    try {
      this.#handle = await open(path);
      for (let bytesRead = -1; bytesRead !== 0 && !this.#isStopped; ) {
        ({ bytesRead } = await this.#handle.read(piece, 0, PIECE_BYTES, null));
        yield bytesRead === 0 ? splitter.end() : splitter.push(piece.subarray(0, bytesRead));
      }
    } catch (error) {
      const { syscall } = error as NodeJS.ErrnoException;
      throw syscall === undefined ? error : new FileSourceError(wordsForFile(path, error as NodeJS.ErrnoException));
    } finally {
      await this.#handle?.close();
    }
  }
}

/** Zip and gzip files begin so: exchanges offer their files packed. */
function isPacked(text: string): boolean {
  return text.startsWith('PK\u0003\u0004') || text.startsWith('\u001f\ufffd');
}
