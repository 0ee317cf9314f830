/**
 * Runs one source: takes its ticks through the gate to the main log, and tells everybody how the source is.
 *
 * Ticks are state, so what matters under pressure is the newest of each instrument. At most `UNDER_WAY_MAX` ticks are on
 * their way to the backbone; beyond that the newest tick of each instrument waits, in the place of an older one, and that
 * is counted. A source that can wait, such as a file, is told when there is room (`ready`), and then none is left out. A
 * tick that could not be stored is sent again, under the same messageId, unless a newer one of its instrument has come.
 *
 * What this is not: it derives nothing and serves nobody. One process runs a source; any number of gateways read what it
 * stores.
 */

import { entrySizeOf } from '@micro-socket/backbone';
import { newMessageId } from '@micro-socket/client';
import { type JsonValue, ProtocolError } from '@micro-socket/protocol';
import type { Clock, Random, Timer } from '@micro-socket/transport';
import { BoundedReports } from './bounded-reports.ts';
import { sourceTopicOf } from './channel-id.ts';
import { PriceFeedError } from './errors.ts';
import { checkedInstrument, INSTRUMENTS_MAX, type Instrument } from './instrument.ts';
import { requireAlone, STOPPED } from './only-source.ts';
import type { PriceBackbone } from './price-backbone.ts';
import type { PriceSource, SourceSink } from './source.ts';
import {
  type SourceState,
  type SourceStatus,
  STALE_AFTER_MS,
  STATUS_INTERVAL_MS,
  STATUS_KEY,
} from './source-status.ts';
import type { Tick } from './tick.ts';
import { TickQueue } from './tick-queue.ts';

export interface PriceFeedOptions {
  readonly backbone: PriceBackbone;
  readonly source: PriceSource;
  readonly clock: Clock;
  readonly random: Random;
  /** Hears what the operator should know, in sentences. */
  readonly onProblem: (text: string) => void;
  /** For how long the source may say nothing until prices are stale, in milliseconds. Default 1,500. */
  readonly staleAfterMs?: number | undefined;
}

export interface PriceFeedStats {
  readonly source: string;
  readonly state: SourceState;
  /** Ticks that passed the gate. */
  readonly accepted: number;
  /** Ticks that did not, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Ticks that are stored. */
  readonly stored: number;
  /** Ticks that a newer one of the same instrument has replaced before they could be stored. */
  readonly conflated: number;
  /** Ticks that the backbone has refused for good. */
  readonly unstorable: number;
}

export class PriceFeed implements SourceSink {
  readonly #options: PriceFeedOptions;
  readonly #publisher: string;
  readonly #queue: TickQueue;
  /** Instruments whose definition is on its way to the log; ticks of others are judged at once. */
  readonly #defining = new Map<string, Instrument>();
  /** All that the source has told, for a log that begins anew. */
  readonly #told = new Map<string, Instrument>();
  readonly #reports: BoundedReports<'refused ticks' | 'refusals of the backbone'>;
  #stopListening: () => void = () => {};
  #source: SourceState = 'stale';
  #why: string | undefined;
  #lastTickAt: number;
  #toldState: SourceState | undefined;
  #timer: Timer | undefined;
  #recovery: Timer | undefined;
  #isStopped = false;

  constructor(options: PriceFeedOptions) {
    const { backbone, clock, random, onProblem } = options;
    this.#options = options;
    this.#publisher = `source-${newMessageId(clock, random).slice(-8).toLowerCase()}`;
    this.#reports = new BoundedReports(onProblem);
    this.#queue = new TickQueue({
      writer: backbone.writer,
      clock,
      onTickStored: () => this.#tickIsStored(),
      onRefused: (error) => this.#reports.add('refusals of the backbone', wordsOf(error)),
    });
    this.#lastTickAt = clock.now();
  }

  /**
   * Begins. Rejects with what the backbone says, with what keeps the source from beginning, and with `PriceFeedError`
   * CONFLICT where another process has a source for the same main topic.
   */
  async start(): Promise<void> {
    const { backbone, source, clock } = this.#options;
    await requireAlone(backbone.inner, sourceTopicOf(backbone.mainTopic), clock);
    await backbone.ledger.open();
    this.#listen();
    this.#look();
    await source.start(this);
  }

  /** Ends the source, and resolves when what was under way is stored or refused, or has had time enough. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#become('ended', STOPPED);
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#recovery?.cancel();
    this.#stopListening();
    await this.#options.source.stop();
    await this.#queue.close();
  }

  get stats(): PriceFeedStats {
    const { source, backbone } = this.#options;
    const { accepted, refused } = backbone.gate;
    const { stored, conflated, unstorable } = this.#queue;
    return { source: source.name, state: this.#stateNow(), accepted, refused, stored, conflated, unstorable };
  }

  instrument(given: Instrument): void {
    const instrument = checkedInstrument(given);
    this.#define(instrument);
    this.#told.set(instrument.id, instrument);
  }

  #define(instrument: Instrument): void {
    const { ledger } = this.#options.backbone;
    const known = ledger.instruments.get(instrument.id) ?? this.#defining.get(instrument.id);
    if (known !== undefined) {
      requireSame(known, instrument);
      return;
    }
    const unheard = [...this.#defining.keys()].filter((id) => !ledger.instruments.has(id)).length;
    if (ledger.instruments.size + unheard >= INSTRUMENTS_MAX) {
      throw new PriceFeedError(
        'FIELD',
        `A feed has at most ${INSTRUMENTS_MAX} instruments; ${instrument.id} is one more.`,
      );
    }
    this.#defining.set(instrument.id, instrument);
    const { id, decimals, tickSize } = instrument;
    this.#queue.define({ type: 'instrument', instrument: id, decimals, tickSize }, () => this.#defined(id));
  }

  tick(tick: Tick): void {
    if (this.#isStopped) return;
    const { ledger, gate } = this.#options.backbone;
    const { instrument: id } = tick;
    const refused = gate.judge(tick, ledger.instruments.get(id) ?? this.#defining.get(id));
    if (refused === undefined) {
      this.#queue.add(tick);
      if (this.#source !== 'ok') this.found();
    } else this.#reports.add('refused ticks', `refused: ${refused.why}`);
  }

  /** A main log that was lost is read anew, and what it does not know of the source's instruments is defined again. */
  #listen(): void {
    const { ledger } = this.#options.backbone;
    this.#stopListening = ledger.listen({ onEntry: () => {}, onLost: () => this.#recover() });
  }

  #recover(): void {
    if (this.#isStopped) return;
    const { backbone, clock } = this.#options;
    backbone.ledger.open().then(
      () => {
        this.#listen();
        this.#defining.clear();
        for (const instrument of this.#told.values()) this.#defineAgain(instrument);
      },
      () => {
        this.#recovery = clock.after(STATUS_INTERVAL_MS, () => this.#recover());
      },
    );
  }

  #defineAgain(instrument: Instrument): void {
    try {
      this.#define(instrument);
    } catch (error) {
      this.#options.onProblem(wordsOf(error));
    }
  }

  /** What nobody can read is not fresh, so a tick counts from here on. */
  #tickIsStored(): void {
    this.#lastTickAt = this.#options.clock.now();
    if (this.#toldState !== this.#stateNow()) this.#tell();
  }

  ready(): Promise<void> {
    return this.#queue.ready();
  }

  problem(text: string): void {
    this.#options.onProblem(text);
  }

  lost(why: string): void {
    this.#become('lost', why);
  }

  found(): void {
    this.#become('ok', undefined);
  }

  ended(): void {
    this.#become('ended', 'The source has told everything.');
  }

  /** Its definition is stored, or refused for good. Over a network that is known before the log tells it. */
  #defined(id: string): void {
    const { ledger } = this.#options.backbone;
    // A log that cannot be heard now leaves the instrument as it is known here.
    ledger.catchUp().then(
      () => this.#defining.delete(id),
      () => {},
    );
  }

  #become(state: SourceState, why: string | undefined): void {
    if (this.#isStopped) return;
    const { source, onProblem } = this.#options;
    if (state === 'lost' && why !== this.#why) onProblem(`The source ${source.name} is lost: ${why}`);
    if (state === 'ok' && this.#source === 'lost') onProblem(`The source ${source.name} is there again.`);
    this.#source = state;
    this.#why = why;
    if (this.#toldState !== this.#stateNow()) this.#tell();
  }

  #stateNow(): SourceState {
    if (this.#source !== 'ok') return this.#source;
    return this.#staleInMs() <= 0 ? 'stale' : 'ok';
  }

  /** How long until prices are stale if no tick comes, in milliseconds. */
  #staleInMs(): number {
    const { clock, staleAfterMs = STALE_AFTER_MS } = this.#options;
    return this.#lastTickAt + staleAfterMs - clock.now();
  }

  /** Says how the source is, again and again, and at the very moment at which its silence has lasted too long. */
  #look(): void {
    this.#tell();
    const staleInMs = this.#staleInMs();
    const afterMs = staleInMs > 0 ? Math.min(STATUS_INTERVAL_MS, staleInMs) : STATUS_INTERVAL_MS;
    this.#timer = this.#options.clock.after(afterMs, () => this.#look());
  }

  #tell(): void {
    const { backbone, source, clock, random } = this.#options;
    const state = this.#stateNow();
    this.#toldState = state;
    const silentMs = Math.max(0, clock.now() - this.#lastTickAt);
    const why = this.#why === undefined ? {} : { why: this.#why };
    const status: SourceStatus = { type: 'source', source: source.name, state, silentMs, ...why };
    const payload = status as unknown as JsonValue;
    const request = {
      topic: sourceTopicOf(backbone.mainTopic),
      publisher: this.#publisher,
      messageId: newMessageId(clock, random),
      key: STATUS_KEY,
      payload,
      sizeBytes: entrySizeOf({ payload, key: STATUS_KEY }),
    };
    // One that is not stored is followed by the next; gateways that hear none say that prices are stale.
    backbone.inner.publish(request).catch((error: unknown) => {
      if (!(error instanceof ProtocolError)) this.#options.onProblem(`The state of the source was not told: ${error}.`);
    });
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function requireSame(known: Instrument, given: Instrument): void {
  if (known.decimals === given.decimals && known.tickSize === given.tickSize) return;
  const is = `${known.decimals} decimals and the step ${known.tickSize}`;
  const message = `${given.id} has ${is} on the main log already; prices that are stored would change their meaning.`;
  throw new PriceFeedError('FIELD', message, given.id);
}
