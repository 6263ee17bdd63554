/**
 * Reads vitest's JSON report and prints `passed failed`, and names on stderr what did not pass. A
 * test that was skipped counts as failed: in CI everything that a test may need is installed, so a
 * skip is a fault of ours.
 *
 *   node scripts/ci/vitest-report.mjs <report.json>
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** @typedef {{ fullName: string, status: string }} Assertion */
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

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { passed, notPassed } = countTests(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')));
  for (const line of notPassed) process.stderr.write(`  ${line}\n`);
  process.stdout.write(`${passed} ${notPassed.length}\n`);
}
