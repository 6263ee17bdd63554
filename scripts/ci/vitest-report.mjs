/**
 * Reads vitest's JSON report and prints `passed failed`, and names on stderr what did not pass, and
 * how many different checks the tests are. A test that was skipped counts as failed: in CI
 * everything that a test may need is installed, so a skip is a bug of ours.
 *
 *   node scripts/ci/vitest-report.mjs <report.json>
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** @typedef {{ fullName: string, status: string, ancestorTitles: string[], title: string }} Assertion */
/** @typedef {{ name: string, status: string, assertionResults: Assertion[] }} TestFile */

/**
 * @param {{ testResults: TestFile[] }} report
 * @returns {{ passed: number, notPassed: string[] }}
 */
export function countTests({ testResults }) {
  let passed = 0;
  /** @type {string[]} */
  const notPassed = [];
  for (const { name, status, assertionResults } of testResults) {
    for (const test of assertionResults) {
      if (test.status === 'passed') passed += 1;
      else notPassed.push(`${test.status}: ${name}: ${test.fullName}`);
    }
    // A file that could not even be loaded has no tests to count.
    const hasFailure = assertionResults.some((test) => test.status === 'failed');
    if (status === 'failed' && !hasFailure) notPassed.push(`failed: ${name}`);
  }
  return { passed, notPassed };
}

/**
 * How many different checks were made. Most tests of servers/ are one suite that every server runs,
 * in a block of its name: there a check counts once.
 * @param {{ testResults: TestFile[] }} report
 */
export function countChecks({ testResults }) {
  const keys = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, ancestorTitles, title }) =>
      name.includes('/servers/') && ancestorTitles.length > 0
        ? [...ancestorTitles.slice(1), title].join(' ')
        : `${name} ${fullName}`,
    ),
  );
  return new Set(keys).size;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const report = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
  const { passed, notPassed } = countTests(report);
  const tests = passed + notPassed.length;
  process.stderr.write(`${tests} tests of ${countChecks(report)} different checks\n`);
  for (const line of notPassed) process.stderr.write(`  ${line}\n`);
  process.stdout.write(`${passed} ${notPassed.length}\n`);
}
