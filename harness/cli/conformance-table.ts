/** Results of the conformance suite as text: cases down, variants across, reasons below. Pure. */
import type { Case } from '../conformance/case.js';
import type { CaseResult } from '../conformance/conform.js';
import type { Surveyed } from '../conformance/survey.js';
import { count } from '../findings/format.js';
import { layOut, left } from './columns.js';
import { wrap } from './text.js';

const PASSED = 'ok';
const FAILED = 'FAILS';
/** The case does not concern the variant. */
const NOT_ASKED = '-';

/** Ends with a newline. */
export function conformanceTable(
  variants: readonly Surveyed[],
  cases: readonly Case[],
  width: number,
): string {
  const shown = variants.filter(({ cases: done }) => done.length > 0);
  const lines = [
    ...(shown.length === 0 ? [] : [...grid(shown, cases, width), '']),
    ...variants.flatMap((variant) => reasons(variant, width)),
    wrap(summary(variants), width),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** As many variants side by side as fit; the others below. */
function grid(variants: readonly Surveyed[], cases: readonly Case[], width: number): string[] {
  const asked = cases.filter(({ name }) => variants.some((one) => resultOf(one, name)));
  const columns = variants.map((variant) =>
    left(halves(variant.variant), asked, ({ name }) => cellOf(resultOf(variant, name))),
  );
  const names = left(['', 'case'], asked, ({ name }) => name);
  const lines = layOut([names, ...columns], width);
  if (lines[0]?.trim() === '') lines.shift();
  const isTooWide = lines.some((line) => line.length > width) && variants.length > 1;
  if (!isTooWide) return lines;
  const middle = Math.ceil(variants.length / 2);
  return [
    ...grid(variants.slice(0, middle), cases, width),
    '',
    ...grid(variants.slice(middle), cases, width),
  ];
}

/** `thread-per-connection` -> `thread-` over `per-connection`. */
function halves(name: string): readonly [string, string] {
  const dash = name.indexOf('-');
  return dash < 0 ? ['', name] : [name.slice(0, dash + 1), name.slice(dash + 1)];
}

function resultOf({ cases }: Surveyed, name: string): CaseResult | undefined {
  return cases.find((one) => one.name === name);
}

function cellOf(result: CaseResult | undefined): string {
  if (result === undefined) return NOT_ASKED;
  return result.failure === null ? PASSED : FAILED;
}

function reasons({ variant, status, why, cases }: Surveyed, width: number): string[] {
  const text = (line: string) => wrap(line, width, '  ');
  if (status === 'skipped') return [text(`skipped: ${variant}: ${why}`)];
  const failures = cases.flatMap(({ name, failure }) =>
    failure === null
      ? []
      : [text(`FAILS: ${variant}: ${name}: ${failure.check}: ${failure.reason}`)],
  );
  return [...(why === null ? [] : [text(`FAILS: ${variant}: ${why}`)]), ...failures];
}

function summary(variants: readonly Surveyed[]): string {
  const of = (status: Surveyed['status']) =>
    variants.filter((variant) => variant.status === status).length;
  const parts = [
    `${count(of('passed'), 'variant')} ${of('passed') === 1 ? 'conforms' : 'conform'}`,
    ...(of('failed') > 0 ? [`${of('failed')} ${of('failed') === 1 ? 'fails' : 'fail'}`] : []),
    ...(of('skipped') > 0 ? [`${of('skipped')} skipped`] : []),
  ];
  return parts.join(', ');
}

/** One finished case, for stderr. */
export function progressLine(variant: string, { name, checks, ms, failure }: CaseResult): string {
  const outcome = failure === null ? PASSED : FAILED;
  return `${variant}: ${name}: ${outcome} (${count(checks, 'check')}, ${seconds(ms)})\n`;
}

/** One finished variant, for stderr. */
export function verdictLine({ variant, status, ms, cases }: Surveyed): string {
  const checks = cases.reduce((sum, one) => sum + one.checks, 0);
  return `${variant}: ${status} (${count(cases.length, 'case')}, ${count(checks, 'check')}, ${seconds(ms)})\n`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
