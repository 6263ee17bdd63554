/**
 * Samples of `iomodels micro` -> rows and ratios. Pure.
 *
 * A sample's value is its time per operation minus the time of the same system calls without a
 * switch.
 *
 * A thread's sample is void when its process did not switch voluntarily as often as it should have
 * (+-0.1 %, and one at the edges): then other work got between the two threads, and an operation
 * was not a switch. Voids are decided from counts of switches alone, never from times. A void
 * sample is taken again; a row is void when more than half of its rounds have no valid one even so.
 */

import { given } from '../optional.js';
import { MAX_VALUES } from '../stats/interval.js';
import { medianInterval } from '../stats/order-statistics.js';
import { pairedRatio } from '../stats/ratio.js';
import { RATIOS, type RatioSpec, ROWS, type RowSpec } from './rows.js';
import type { ProbeLine, Row, RowRatio, Sample } from './schema.js';

const SWITCHES_OFF_MAX = 0.001;
const EDGE_SWITCHES = 1;

type Switches = NonNullable<ProbeLine['switches']>;

/** Nanoseconds per operation. */
export function nsPerOperation(line: ProbeLine, clock: Row['clock']): number {
  const { cost, sameCalls } = line;
  const all = (clock === 'cpu' ? cost.cpuNs : cost.wallNs) / cost.operations;
  // The calls of one thread that never waits have no switch, so CPU time is the whole time.
  return sameCalls === undefined ? all : all - sameCalls.cpuNs / sameCalls.operations;
}

/** Whether every operation was a switch. */
export function switchesHold({ expected, voluntary }: Switches): boolean {
  const slack = Math.max(EDGE_SWITCHES, expected * SWITCHES_OFF_MAX);
  return Math.abs(voluntary - expected) <= slack;
}

/** What a measured line says is not what its row is about. */
export function isVoid({ switches }: ProbeLine): boolean {
  return switches !== undefined && !switchesHold(switches);
}

/** All rows, in the order of ROWS. */
export function rowsOf(samples: readonly Sample[]): Row[] {
  const share = foreignShareOf(samples) ?? 0;
  return ROWS.map((spec) => {
    const mine = samples.filter(({ row }) => row === spec.id);
    return spec.crossesCpus && share > FOREIGN_SHARE_MAX
      ? crowdedOut(rowOf(spec, mine), share)
      : rowOf(spec, mine);
  });
}

/** Beyond it the time until a thread runs on another CPU is the time until that CPU is free. */
const FOREIGN_SHARE_MAX = 0.1;

/**
 * Share of the CPU that went to others while rows ran on it that never wait: wall time less CPU
 * time. The median over their samples; null without any.
 */
export function foreignShareOf(samples: readonly Sample[]): number | null {
  const alone = new Set(ROWS.filter(({ neverWaits }) => neverWaits).map(({ id }) => id));
  const shares = samples.flatMap(({ row, line }) =>
    line === null || !alone.has(row) ? [] : [1 - line.cost.cpuNs / line.cost.wallNs],
  );
  const { estimate } = medianInterval(shares.slice(0, MAX_VALUES));
  return estimate === null ? null : Math.max(0, estimate);
}

function crowdedOut(row: Row, share: number): Row {
  if (row.status !== 'ok') return row;
  const percent = (100 * share).toFixed(0);
  const why = `other programs took ${percent} % of the CPU: this would be the wait for a free CPU`;
  return { ...row, status: 'void', why, ns: medianInterval([]) };
}

function rowOf(spec: RowSpec, samples: readonly Sample[]): Row {
  const values = validValues(spec, samples);
  const lines = samples.filter(({ line }) => line !== null);
  const measured = new Set(lines.map(({ round }) => round)).size;
  const switches = sumOfSwitches(samples);
  const { status, why } = statusOf(samples, measured, values.size, switches);
  const ns = medianInterval(status === 'ok' ? [...values.values()] : []);
  return {
    id: spec.id,
    group: spec.group,
    title: spec.title,
    per: spec.per,
    clock: spec.clock,
    status,
    ...given({ why }),
    ns,
    voidSamples: lines.length - values.size,
    switches,
  };
}

/** Round -> value, without void and failed samples. */
function validValues({ clock }: RowSpec, samples: readonly Sample[]): Map<number, number> {
  return new Map(
    samples.flatMap(({ round, line }) =>
      line === null || isVoid(line) ? [] : [[round, nsPerOperation(line, clock)] as const],
    ),
  );
}

function statusOf(
  samples: readonly Sample[],
  measured: number,
  valid: number,
  switches: Row['switches'],
): Pick<Row, 'status' | 'why'> {
  if (measured === 0) {
    const why = samples.find((sample) => sample.why !== undefined)?.why ?? 'it was not measured';
    return { status: 'unavailable', why };
  }
  if (valid * 2 >= measured) return { status: 'ok' };
  const counts = switches === null ? '' : `: ${switchesText(switches)}`;
  const why = `in ${measured - valid} of ${measured} rounds other work came between the two threads`;
  return { status: 'void', why: why + counts };
}

/** `9.2 % of the expected switches are missing, 120 were involuntary`. */
function switchesText({ expected, voluntary, involuntary }: Switches): string {
  const off = (100 * (voluntary - expected)) / expected;
  const what = off < 0 ? 'fewer' : 'more';
  return `${Math.abs(off).toPrecision(2)} % ${what} voluntary switches than expected, and ${involuntary} involuntary ones`;
}

function sumOfSwitches(samples: readonly Sample[]): Row['switches'] {
  const all = samples.flatMap(({ line }) => line?.switches ?? []);
  if (all.length === 0) return null;
  const sum = (pick: (one: Switches) => number) => all.reduce((total, one) => total + pick(one), 0);
  return {
    expected: sum((one) => one.expected),
    voluntary: sum((one) => one.voluntary),
    involuntary: sum((one) => one.involuntary),
  };
}

/** All ratios, in the order of RATIOS. */
export function ratiosOf(samples: readonly Sample[], rows: readonly Row[]): RowRatio[] {
  return RATIOS.map((spec) => ratioOf(spec, samples, rows));
}

function ratioOf(spec: RatioSpec, samples: readonly Sample[], rows: readonly Row[]): RowRatio {
  const { row, versus, target } = spec;
  const unusable = [row, versus].find((id) => rows.find((one) => one.id === id)?.status !== 'ok');
  if (unusable !== undefined) {
    const ratio = { estimate: null, lo: null, hi: null, confidence: null, n: 0 };
    const why = `${unusable} has no value`;
    return { row, versus, ratio: { ...ratio, why }, target, met: metOf(ratio, target) };
  }
  const subject = valuesOf(row, samples);
  const reference = valuesOf(versus, samples);
  const rounds = [...new Set([...subject.keys(), ...reference.keys()])];
  const ratio = pairedRatio(
    rounds.map((round) => ({
      subject: subject.get(round) ?? null,
      reference: reference.get(round) ?? null,
    })),
  );
  return { row, versus, ratio, target, met: metOf(ratio, target) };
}

function valuesOf(id: string, samples: readonly Sample[]): Map<number, number> {
  const spec = ROWS.find((one) => one.id === id);
  if (spec === undefined) throw new Error(`no row ${id}`);
  const mine = samples.filter(({ row }) => row === id);
  return validValues(spec, mine);
}

function metOf(
  { lo, hi }: { readonly lo: number | null; readonly hi: number | null },
  target: number | null,
): RowRatio['met'] {
  if (target === null) return null;
  if (lo === null || hi === null) return 'open';
  if (hi <= target) return 'yes';
  return lo > target ? 'no' : 'open';
}
