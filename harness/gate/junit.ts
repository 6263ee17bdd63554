/**
 * gate.json as JUnit XML: a suite per lane, a case per row. fail is a failure; inconclusive and
 * skipped rows are skipped cases with their reason, because JUnit has no word for "could not tell".
 */
import { XMLBuilder } from 'fast-xml-parser';
import { type GateRow, laneName } from './rows.js';
import type { GateFile } from './schema.js';
import { findingText, headline, metricLabel, modeText } from './text.js';

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  format: true,
  suppressEmptyNode: true,
});

/** Ends with a newline. */
export function renderJunit(file: GateFile): string {
  const suites = laneName.options.flatMap((lane) => {
    const rows = file.rows.filter((row) => row.lane === lane);
    return rows.length === 0 ? [] : [suite(lane, rows, file)];
  });
  const unused = file.unused.length === 0 ? [] : [unusedSuite(file)];
  const all = [...suites, ...unused];
  const sum = (key: '@tests' | '@failures' | '@skipped') =>
    all.reduce((total, one) => total + one[key], 0);
  const text: string = builder.build({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    testsuites: {
      '@name': clean(`iomodels gate: ${headline(file)}`),
      ...{ '@tests': sum('@tests'), '@failures': sum('@failures'), '@skipped': sum('@skipped') },
      testsuite: all,
    },
  });
  return `${text.trimEnd()}\n`;
}

function suite(lane: string, rows: readonly GateRow[], file: GateFile) {
  const count = (...verdicts: GateRow['verdict'][]) =>
    rows.filter(({ verdict }) => verdicts.includes(verdict)).length;
  return {
    '@name': `gate.${lane}`,
    ...{ '@tests': rows.length, '@failures': count('fail') },
    '@skipped': count('inconclusive', 'skipped'),
    '@timestamp': file.startedAt.replace(/\.\d+Z$/, ''),
    properties: {
      property: [
        { '@name': 'compared', '@value': clean(modeText(file)) },
        { '@name': 'machine', '@value': file.machineClass },
      ],
    },
    testcase: rows.map(testcase),
  };
}

function testcase(row: GateRow) {
  const finding = clean(findingText(row));
  return {
    '@classname': clean(`gate.${row.lane}.${row.variant}`),
    '@name': clean(`${row.condition} ${metricLabel(row.metric)}`),
    ...outcome(row, finding),
  };
}

function outcome({ verdict }: GateRow, finding: string): object {
  switch (verdict) {
    case 'fail':
      return { failure: { '@message': finding, '@type': 'regression' } };
    case 'inconclusive':
      return { skipped: { '@message': `inconclusive: ${finding}` } };
    case 'skipped':
      return { skipped: { '@message': finding } };
    case 'pass':
      return { 'system-out': finding };
  }
}

function unusedSuite({ unused }: GateFile) {
  return {
    '@name': 'gate.accept',
    ...{ '@tests': unused.length, '@failures': unused.length, '@skipped': 0 },
    testcase: unused.map((text, i) => ({
      '@classname': 'gate.accept',
      '@name': `entry ${i + 1}`,
      failure: { '@message': clean(text), '@type': 'unused' },
    })),
  };
}

/** XML 1.0 has no way to write most control characters: a server's output may contain any. */
function clean(text: string): string {
  return [...text]
    .filter((char) => {
      const code = char.codePointAt(0) ?? 0;
      if (code >= 0xd800 && code <= 0xdfff) return false;
      return code >= 0x20 ? code !== 0xfffe && code !== 0xffff : /[\t\n]/.test(char);
    })
    .join('');
}
