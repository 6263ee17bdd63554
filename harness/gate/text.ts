/** Rows and verdicts in words, the same in every output. */
import type { GateRow } from './rows.js';
import type { GateFile, GateSide } from './schema.js';
import { tally } from './verdict.js';

/** `+3.4 %`, `-0.2 %`, `0 %`; `-` for null. Positive is worse. */
export function changeText(share: number | null): string {
  if (share === null) return '-';
  const rounded = roundedPercent(share);
  return `${rounded > 0 ? '+' : ''}${rounded} %`;
}

function roundedPercent(share: number): number {
  const percent = share * 100;
  const digits = Math.abs(percent) >= 10 ? 0 : Math.abs(percent) >= 1 ? 1 : 2;
  const rounded = Number(percent.toFixed(digits));
  return rounded === 0 ? 0 : rounded;
}

/** `5 %`, without a sign. */
export function shareText(share: number | null): string {
  return share === null ? '-' : `${Math.abs(roundedPercent(share))} %`;
}

/** Four significant digits: 26, 8.571, 0.0204, 51230. */
export function valueText(value: number | null): string {
  if (value === null) return '-';
  if (Math.abs(value) >= 1000) return value.toFixed(0);
  return String(Number(value.toPrecision(4)));
}

/** What each metric is called. */
const LABELS: Readonly<Record<string, string>> = {
  faults: 'works',
  syscalls_per_request: 'system calls/request',
  voluntary_switches_per_request: 'voluntary switches/request',
  idle_bytes_per_connection: 'bytes/idle connection',
  cpu_us_per_request: 'CPU us/request',
  requests_per_s: 'requests/s',
  latency_us_p99: 'p99 us',
};

export function metricLabel(metric: string): string {
  return LABELS[metric] ?? metric;
}

/** `callback-epoll, keepalive-c64, CPU us/request`. */
export function placeText({ variant, condition, metric }: GateRow): string {
  return `${variant}, ${condition}, ${metricLabel(metric)}`;
}

/** The row's finding in a sentence without its place. */
export function findingText(row: GateRow): string {
  const { change, lo, hi, allowed, detectable, why, lane } = row;
  if (lane === 'correctness' || change === null) return why;
  const bounds = lo === null || hi === null ? '' : ` (${changeText(lo)} to ${changeText(hi)})`;
  const seen = detectable === null ? '' : `; would have seen ${shareText(detectable)}`;
  const open = row.verdict === 'inconclusive' ? seen : '';
  return `${changeText(change)}${bounds}, allowed ${shareText(allowed)}: ${why}${open}`;
}

const WORDS: Readonly<Record<GateFile['verdict'], string>> = {
  pass: 'PASS',
  fail: 'FAIL',
  inconclusive: 'INCONCLUSIVE',
  'cannot-measure': 'CANNOT MEASURE',
};

/** `FAIL: of 24 rows 1 fail, 22 pass, 1 inconclusive`. */
export function headline({ verdict, rows, mode }: GateFile): string {
  if (mode.kind === 'first') return 'NOTHING TO COMPARE: the first run of a baseline';
  return `${WORDS[verdict]}: ${tally(rows)}`;
}

/** `main (1234abcd) against the working tree`. */
export function modeText({ mode }: GateFile): string {
  switch (mode.kind) {
    case 'base':
      return `candidate ${sideText(mode.candidate)} against base ${sideText(mode.base)}`;
    case 'baseline':
      return `against ${mode.file} (${mode.runs} runs)`;
    case 'first':
      return 'the first run of a baseline';
  }
}

function sideText({ ref, commit, tree }: GateSide): string {
  const state = commit === null ? `tree ${tree.slice(0, 8)}` : commit.slice(0, 8);
  return `${ref ?? 'working tree'} (${state})`;
}

/** `batch-1: 10 blocks; keepalive-c1 clean; keepalive-c64 noisy (A/A …)`. */
export function batchText({ folder, blocks, conditions }: GateFile['batches'][number]): string {
  const levels = conditions.map(({ condition, level, reasons }) => {
    const why = reasons.length === 0 ? '' : ` (${reasons.join('; ')})`;
    return `${condition} ${level}${why}`;
  });
  return [`${folder}: ${blocks} blocks`, ...levels].join('; ');
}

/** Worst first: what a reader of a failed gate looks for. */
export function worstFirst(rows: readonly GateRow[]): GateRow[] {
  const rank = { fail: 0, inconclusive: 1, pass: 2, skipped: 3 } as const;
  const excess = ({ change, allowed }: GateRow) => (change ?? Number.NEGATIVE_INFINITY) - allowed;
  return [...rows].sort((a, b) => rank[a.verdict] - rank[b.verdict] || excess(b) - excess(a));
}
