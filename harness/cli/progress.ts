/**
 * Shows a run while it measures, on stderr: one line that is rewritten in place on a terminal,
 * plain lines elsewhere.
 *
 * The line is redrawn only when the run reports something, never by a timer (log-update writes when
 * it is called and at no other time), and a trial reports nothing between its start and its end:
 * the display costs no CPU inside a measured window. It is cut to the terminal's width, so it never
 * wraps, and the cursor waits in the line below, where the terminal echoes a ^C.
 */
import { createLogUpdate } from 'log-update';
import { clock, count, duration } from '../findings/format.js';
import type { RunEvent } from '../run/progress.js';
import type { CliIo } from './io.js';
import { clip, wrap } from './text.js';

/** Without a terminal: how often to print a line. */
const PLAIN_INTERVAL_MS = 10_000;
/** A short bar in a narrow window, to leave room for what runs now. */
const BAR_WIDTHS = { narrow: 10, wide: 20 };
const WIDE_WINDOW = 100;

export interface Progress {
  readonly onEvent: (event: RunEvent) => void;
  /** Prints a lasting line above the live one. */
  say(text: string): void;
  /** Takes the live line away; nothing may be shown afterwards. */
  end(): void;
}

interface ProgressOptions {
  /** Time the trials will take, until the run knows better, ms. */
  readonly estimatedMs: number;
  /** Milliseconds of any steady clock. */
  readonly now: () => number;
}

export function createProgress(
  io: Pick<CliIo, 'stderr' | 'env'>,
  options: ProgressOptions,
): Progress {
  const live = io.stderr.isTTY === true && io.env.TERM !== 'dumb';
  return live ? new LiveProgress(io, options) : new PlainProgress(io, options);
}

const PHASES: Readonly<Record<(RunEvent & { kind: 'phase' })['name'], string>> = {
  build: 'building',
  check: 'checking',
  calibrate: 'calibrating',
  measure: 'measuring',
  evidence: 'gathering evidence:',
  report: 'writing',
};

function noteText({ level, text }: RunEvent & { kind: 'note' }): string {
  return level === 'warn' ? `warning: ${text}` : `note: ${text}`;
}

/** The reason is left out when the note before has just given it. */
function skippedText({ variant, why }: RunEvent & { kind: 'skipped' }, lastNote: string): string {
  return lastNote.includes(why) ? `skipped: ${variant}` : `skipped: ${variant}: ${why}`;
}

class LiveProgress implements Progress {
  readonly #stream: CliIo['stderr'];
  readonly #update: ReturnType<typeof createLogUpdate>;
  #remainingMs: number;
  /** What the live line shows; empty when there is none. */
  #line = '';
  #lastNote = '';

  constructor({ stderr }: Pick<CliIo, 'stderr'>, { estimatedMs }: ProgressOptions) {
    this.#stream = stderr;
    // A hidden cursor would have to be shown again however the process ends.
    this.#update = createLogUpdate(stderr, { showCursor: true });
    this.#remainingMs = estimatedMs;
  }

  readonly onEvent = (event: RunEvent): void => {
    switch (event.kind) {
      case 'phase':
        this.#draw(`${PHASES[event.name]} ${event.text}`);
        break;
      case 'note':
        this.#lastNote = event.text;
        this.say(noteText(event));
        break;
      case 'skipped':
        this.say(skippedText(event, this.#lastNote));
        break;
      case 'trial-start':
        this.#draw(this.#trialLine(event.index - 1, event.total, event.text));
        break;
      case 'trial-end':
        this.#remainingMs = event.remainingMs;
        this.#draw(this.#trialLine(event.index, event.total, ''));
        break;
    }
  };

  /** Not log-update's persist(), which drops the first lines of a text higher than the window. */
  say(text: string): void {
    this.#update.clear();
    this.#stream.write(`${wrap(text, this.#width(), '  ')}\n`);
    if (this.#line !== '') this.#draw(this.#line);
  }

  end(): void {
    this.#update.clear();
    this.#line = '';
  }

  /**
   * The window may have another width than a moment ago. The last column stays free: some terminals
   * wrap there.
   */
  #width(): number {
    return Math.max(20, (this.#stream.columns ?? 80) - 1);
  }

  #trialLine(done: number, total: number, text: string): string {
    const size = this.#width() < WIDE_WINDOW ? BAR_WIDTHS.narrow : BAR_WIDTHS.wide;
    const bar = `[${'='.repeat(Math.floor((done * size) / total)).padEnd(size)}]`;
    const place = `${String(done).padStart(String(total).length)}/${total}`;
    return `${bar} ${place}  ${clock(this.#remainingMs)} left  ${text}`;
  }

  #draw(line: string): void {
    this.#line = line;
    this.#update(clip(line, this.#width()));
  }
}

class PlainProgress implements Progress {
  readonly #io: Pick<CliIo, 'stderr'>;
  readonly #now: () => number;
  readonly #estimatedMs: number;
  #lastMs = Number.NEGATIVE_INFINITY;
  #lastNote = '';

  constructor(io: Pick<CliIo, 'stderr'>, { estimatedMs, now }: ProgressOptions) {
    this.#io = io;
    this.#now = now;
    this.#estimatedMs = estimatedMs;
  }

  readonly onEvent = (event: RunEvent): void => {
    switch (event.kind) {
      case 'phase':
        this.#phase(event);
        break;
      case 'note':
        this.#lastNote = event.text;
        this.say(noteText(event));
        break;
      case 'skipped':
        this.say(skippedText(event, this.#lastNote));
        break;
      case 'trial-start':
        if (event.index === 1) this.#begin(event.total);
        break;
      case 'trial-end':
        this.#end(event);
        break;
    }
  };

  say(text: string): void {
    this.#io.stderr.write(`${text}\n`);
  }

  end(): void {}

  /** Evidence has many small steps: of these one is printed now and then. */
  #phase({ name, text }: RunEvent & { kind: 'phase' }): void {
    const isDue = this.#now() - this.#lastMs >= PLAIN_INTERVAL_MS;
    if (name === 'evidence' && !isDue) return;
    if (name === 'evidence') this.#lastMs = this.#now();
    this.say(`${PHASES[name]} ${text}`);
  }

  #begin(total: number): void {
    this.#lastMs = this.#now();
    this.say(`${count(total, 'trial')} to go, about ${duration(this.#estimatedMs)}`);
  }

  #end({ index, total, remainingMs }: RunEvent & { kind: 'trial-end' }): void {
    if (index < total && this.#now() - this.#lastMs < PLAIN_INTERVAL_MS) return;
    this.#lastMs = this.#now();
    const left = index < total ? `, ${duration(remainingMs)} left` : '';
    this.say(`measured ${index} of ${count(total, 'trial')}${left}`);
  }
}
