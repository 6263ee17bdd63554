/**
 * The answer to "what does the I/O model cost here?", computed from the summary rows: CPU and
 * voluntary switches per request of each model against the reference, with what the run cannot say.
 * Terminal and report print the same words.
 */
import {
  placeKey,
  type Results,
  type RunHeader,
  type ValueRow,
  workloadText,
} from '../results/schema.js';
import { type AaCheck, aaCheck } from './answer-aa.js';
import { caveatsOf } from './answer-caveats.js';
import {
  COST_NAMES,
  COSTS,
  type Comparison,
  type Cost,
  compare,
  isCostRow,
  NOUNS,
  type Place,
  valueIntervalText,
  valueText,
} from './compare.js';
import { count, intervalText, list, ratioText, seenFrom } from './format.js';
import { invalidPlaces } from './quality.js';

const QUESTION = "What does a server's I/O model cost on this machine?";

export interface Answer {
  readonly question: string;
  /** One or two sentences: the valid condition with the most connections. */
  readonly headline: string;
  /** Every condition: one sentence per metric, with values, ratios and intervals. */
  readonly sentences: readonly string[];
  /** The same as data: every model but the reference and its twin, both metrics. */
  readonly comparisons: readonly Comparison[];
  readonly aa: AaCheck;
  /** What limits the answer, each a sentence; empty when nothing does. */
  readonly caveats: readonly string[];
  /** All of it, one paragraph per line. */
  readonly text: string;
}

/** The parts of a run that its answer is computed from. */
export type AnswerInput = Pick<Results, 'header' | 'trials' | 'summary' | 'quality'>;

/** The headline of a run all of whose conditions are invalid. */
export const NO_ANSWER =
  'No answer: every condition is invalid, for the reasons given. The figures are what was measured, no more.';

/** Never throws: a run that measured nothing has an answer that says so. */
export function answerOf(run: AnswerInput): Answer {
  const { header, trials, summary } = run;
  const facts = new Facts(run);
  const headline = headlineOf(facts);
  const sentences = facts.places.flatMap((place) =>
    COSTS.flatMap((c) => sentence(facts, place, c)),
  );
  const aa = aaCheck(header, trials, summary);
  const caveats = caveatsOf(header, summary, facts.comparisons);
  const lines = [headline, ...sentences, ...(sentences.length === 0 ? [] : [aa.text]), ...caveats];
  const { comparisons } = facts;
  return {
    question: QUESTION,
    headline,
    sentences,
    comparisons,
    aa,
    caveats,
    text: lines.join('\n'),
  };
}

/** The rows that matter, looked up by place, subject and metric. */
class Facts {
  readonly header: RunHeader;
  readonly reference: string;
  /** In the order of the plan, with a value of any subject. */
  readonly places: readonly Place[];
  /** Subjects to name: all but A/A copies. */
  readonly subjects: readonly string[];
  readonly all: readonly Comparison[];
  readonly #values: readonly (ValueRow & { metric: Cost })[];
  readonly #invalid: ReadonlySet<string>;

  constructor({ header, summary, quality }: AnswerInput) {
    this.#invalid = invalidPlaces(header, quality);
    const rows = summary.filter(isCostRow);
    this.header = header;
    this.reference = header.plan.reference;
    this.subjects = header.subjects.filter(({ aaOf }) => aaOf === undefined).map(({ id }) => id);
    this.#values = rows.flatMap((row) => (row.kind === 'value' ? [row] : []));
    this.all = rows.flatMap((row) => (row.kind === 'ratio' ? [compare(row)] : []));
    const seen = new Map(this.#values.map((row) => [placeKey(row), row]));
    this.places = [...seen.values()].filter((place) => this.measured(place).length > 0);
  }

  get comparisons(): Comparison[] {
    return this.all.filter(({ subject }) => this.subjects.includes(subject));
  }

  /** Nothing is decided there. */
  isInvalid(place: Place): boolean {
    return this.#invalid.has(placeKey(place));
  }

  /** Subjects with a value of either metric here. */
  measured(place: Place): string[] {
    return this.subjects.filter((subject) =>
      COSTS.some((cost) => typeof this.value(place, subject, cost)?.median === 'number'),
    );
  }

  value(place: Place, subject: string, cost: Cost): ValueRow | undefined {
    return this.#values.find(
      (row) => at(row, place) && row.subject === subject && row.metric === cost,
    );
  }

  comparison(place: Place, subject: string, cost: Cost): Comparison | undefined {
    return this.all.find((row) => at(row, place) && row.subject === subject && row.metric === cost);
  }

  /** `at 64 connections`, with what else distinguishes the run's conditions. */
  where(place: Place): string {
    const workloads = new Set(this.header.plan.conditions.map(workloadText));
    const extra = [
      ...(workloads.size > 1 ? [workloadText(place)] : []),
      ...(place.load === 'closed' ? [] : [place.load]),
    ];
    return `at ${[count(place.connections, 'connection'), ...extra].join(', ')}`;
  }
}

function at(row: Place, place: Place): boolean {
  return placeKey(row) === placeKey(place);
}

/**
 * `CPU per request at 64 connections: go-net 6.68 us; callback-epoll 5.5 us, 18 % less (16 % to 20
 * % less).`
 */
function sentence(facts: Facts, place: Place, cost: Cost): string[] {
  const named = facts.subjects.filter(
    (s) => typeof facts.value(place, s, cost)?.median === 'number',
  );
  if (named.length === 0) return [];
  const first = named.filter((subject) => subject === facts.reference);
  const others = named.filter((subject) => subject !== facts.reference);
  const parts = [...first, ...others].map((subject) => {
    const comparison = facts.comparison(place, subject, cost);
    const value = facts.value(place, subject, cost);
    if (comparison && comparison.outcome !== 'not-compared') {
      return `${subject} ${valueText(value)}, ${comparison.text}`;
    }
    return `${subject} ${value ? valueIntervalText(value) : valueText(value)}`;
  });
  const notes = [
    ...(facts.isInvalid(place) ? ['invalid: it decides nothing'] : []),
    ...(others.length > 0 && first.length > 0 ? [`ratios to ${facts.reference}`] : []),
  ];
  const note = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
  return [`${capital(COST_NAMES[cost])} ${facts.where(place)}${note}: ${parts.join('; ')}.`];
}

/** Of the valid conditions alone. */
function headlineOf(facts: Facts): string {
  const valid = facts.places.filter((place) => !facts.isInvalid(place));
  const place = mostConnections(valid.filter((p) => compared(facts, p).length > 0));
  if (place) return comparedHeadline(facts, place);
  const last = mostConnections(valid);
  if (facts.places.length === 0) return 'This run has no answer: no trial was measured.';
  if (!last) return NO_ANSWER;
  return `${aloneHeadline(facts, last)} ${whyAlone(facts)}`;
}

/** Of the plain workload, where it was measured. */
function mostConnections(places: readonly Place[]): Place | undefined {
  const plain = places.filter(({ workload }) => workload === 'keepalive');
  const candidates = plain.length > 0 ? plain : places;
  return [...candidates].sort((a, b) => a.connections - b.connections).at(-1);
}

function compared(facts: Facts, place: Place): Comparison[] {
  return facts.subjects.flatMap((subject) => {
    const comparison = facts.comparison(place, subject, 'cpu_us_per_request');
    return comparison && comparison.ratio !== null ? [comparison] : [];
  });
}

function comparedHeadline(facts: Facts, place: Place): string {
  const rows = compared(facts, place);
  const switches = [facts.reference, ...rows.map(({ subject }) => subject)].flatMap((subject) => {
    const row = facts.value(place, subject, 'voluntary_switches_per_request');
    return row && row.median !== null ? [`${subject} ${valueText(row)}`] : [];
  });
  return [
    ...differences(facts, place, rows),
    ...sameAs(facts, place, rows),
    ...(switches.length === 0 ? [] : [`Voluntary switches per request there: ${list(switches)}.`]),
  ].join(' ');
}

/**
 * `At 64 connections one request cost a 29 % more CPU than go-net (25 % to 33 % more) and b 20 %
 * less (…).`
 */
function differences(facts: Facts, place: Place, rows: readonly Comparison[]): string[] {
  const [first, ...others] = rows.filter(({ outcome }) => outcome !== 'no-difference');
  if (!first) return [];
  const thing = { what: 'CPU', than: facts.reference };
  const parts = [comparisonText(first, thing), ...others.map((row) => comparisonText(row))];
  return [`${opening(facts, place)} one request cost ${list(parts)}.`];
}

/** `At 64 connections`, and with a comma behind it where it has one within. */
function opening(facts: Facts, place: Place): string {
  const at = capital(facts.where(place));
  return at.includes(', ') ? `${at},` : at;
}

function comparisonText(row: Comparison, thing?: { what: string; than: string }): string {
  const noun = NOUNS[row.metric];
  if (row.ratio === null || !thing) return `${row.subject} ${row.text}`;
  const size = ratioText(row.ratio, noun, thing);
  if (row.lo === null || row.hi === null) return `${row.subject} ${size} (no interval)`;
  return `${row.subject} ${size} (${intervalText(row.ratio, row.lo, row.hi, noun)})`;
}

function sameAs(facts: Facts, place: Place, rows: readonly Comparison[]): string[] {
  const names = rows.flatMap(({ subject, detectable }) =>
    detectable === null ? [] : [`${subject} (could have seen ${seenFrom(detectable)})`],
  );
  if (names.length === 0) return [];
  const where = names.length === rows.length ? `${opening(facts, place)} no` : 'No';
  return [
    `${where} difference in CPU per request from ${facts.reference} was seen for ${list(names)}.`,
  ];
}

function aloneHeadline(facts: Facts, place: Place): string {
  const parts = facts.subjects.flatMap((subject) => {
    const row = facts.value(place, subject, 'cpu_us_per_request');
    return row && row.median !== null ? [`${subject} ${valueIntervalText(row)}`] : [];
  });
  const cpu = parts.length === 0 ? 'not measured' : parts.join('; ');
  return `${capital(facts.where(place))}, CPU per request: ${cpu}.`;
}

function whyAlone(facts: Facts): string {
  const { reference, subjects } = facts;
  if (!subjects.includes(reference))
    return `No ratios: the reference ${reference} did not take part.`;
  if (subjects.length === 1) return `No ratios: ${reference} was the only model measured.`;
  return `No ratios: no block has both ${reference} and another model measured.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
