/**
 * gate.json as JUnit XML: a suite per lane, a case per row. fail is a failure; inconclusive and
 * skipped rows are skipped cases with their reason, because JUnit has no status for "not decided".
 */
import { create } from 'xmlbuilder';
import { type GateRow, laneName } from './rows.js';
import type { GateFile } from './schema.js';
import { findingText, headline, metricLabel, modeText } from './text.js';

/** Ends with a newline. */
export function renderJunit(file: GateFile): string {
  const suites = laneName.options.map((lane) => suite(lane, file));
  const all = [...suites, unusedSuite(file)].filter((one) => one['@tests'] > 0);
  const sum = (key: '@tests' | '@failures' | '@skipped') =>
    all.reduce((total, one) => total + one[key], 0);
  const root = {
    testsuites: {
      '@name': `iomodels gate: ${headline(file)}`,
      '@tests': sum('@tests'),
      '@failures': sum('@failures'),
      '@skipped': sum('@skipped'),
      testsuite: all,
    },
  };
  // XML 1.0 has no way to write most control characters, and a server's output may contain any.
  const options = { version: '1.0', encoding: 'UTF-8', invalidCharReplacement: '' };
  return `${create(root, options).end({ pretty: true })}\n`;
}

function suite(lane: string, file: GateFile) {
  const rows = file.rows.filter((row) => row.lane === lane);
  const count = (...verdicts: GateRow['verdict'][]) =>
    rows.filter(({ verdict }) => verdicts.includes(verdict)).length;
  return {
    '@name': `gate.${lane}`,
    '@tests': rows.length,
    '@failures': count('fail'),
    '@skipped': count('inconclusive', 'skipped'),
    '@timestamp': file.startedAt.replace(/\.\d+Z$/, ''),
    properties: {
      property: [
        { '@name': 'compared', '@value': modeText(file) },
        { '@name': 'machine', '@value': file.machineClass },
      ],
    },
    testcase: rows.map(testcase),
  };
}

function testcase(row: GateRow) {
  const finding = findingText(row);
  return {
    '@classname': `gate.${row.lane}.${row.variant}`,
    '@name': `${row.condition} ${metricLabel(row.metric)}`,
    ...outcome(row, finding),
  };
}

function outcome({ verdict }: GateRow, finding: string): object {
  if (verdict === 'pass') return { 'system-out': finding };
  if (verdict === 'fail') return { failure: { '@message': finding, '@type': 'regression' } };
  return { skipped: { '@message': verdict === 'skipped' ? finding : `inconclusive: ${finding}` } };
}

function unusedSuite({ unused }: GateFile) {
  return {
    '@name': 'gate.accept',
    '@tests': unused.length,
    '@failures': unused.length,
    '@skipped': 0,
    testcase: unused.map((text, i) => ({
      '@classname': 'gate.accept',
      '@name': `entry ${i + 1}`,
      failure: { '@message': text, '@type': 'unused' },
    })),
  };
}
