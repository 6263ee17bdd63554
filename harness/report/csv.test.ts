import { expect, test } from 'vitest';
import { failTrial, makeResults } from '../results/testing.js';
import { summaryCsv, trialsCsv } from './csv.js';

const REASON = 'it said "no", twice\nand died';
const results = makeResults({
  subjects: ['callback-epoll', 'go-net'],
  connections: [64],
  blocks: 2,
  edit: (trial) => (trial.position === 0 && trial.block === 0 ? failTrial(trial, REASON) : trial),
});

/** A line as its fields; these tests need no quoted line breaks. */
const rows = (csv: string) => csv.trimEnd().split('\r\n');

test('a row per summary row, numbers in full', () => {
  const [head = '', ...lines] = rows(summaryCsv(results));
  expect(head).toMatch(/^kind,subject,variant,workload,connections,load,metric,/);
  expect(lines).toHaveLength(results.summary.length);
  const width = head.split(',').length;
  const value = results.summary.find((row) => row.kind === 'value' && row.median !== null);
  expect(lines.some((line) => line.includes(`,${value?.kind === 'value' && value.median},`))).toBe(
    true,
  );
  expect(
    lines.filter((line) => !line.includes('"')).every((l) => l.split(',').length === width),
  ).toBe(true);
});

test('a row per trial; what was not measured is empty, not 0', () => {
  const csv = trialsCsv(results);
  const [head = '', failed = ''] = csv.split('\r\n');
  const column = head.split(',').indexOf('client_completed');
  const fields = failed.replace(/"(?:[^"]|"")*"/g, 'quoted').split(',');
  expect(fields[column]).toBe('');
  expect(csv).toContain('"it said ""no"", twice\nand died"');
});

test('no text becomes a formula of a spreadsheet', () => {
  const made = makeResults({ subjects: ['go-net'], connections: [64], blocks: 1 });
  const named = JSON.parse(JSON.stringify(made).replaceAll('"go-net"', '"=cmd()"'));
  expect(summaryCsv(named)).toContain(",'=cmd(),");
  expect(summaryCsv(named)).not.toMatch(/(^|,)=/m);
});
