import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PROGRAM = path.join(ROOT, 'dist/scripts/tools/bench-generator.js');
const built = existsSync(PROGRAM);
if (!built) console.warn('SKIPPED: bench-generator needs the compiled harness; run npm run build');

test.skipIf(!built)('prints the cost of each client and the ratio of the native one', () => {
  const flags = ['--pairs', '6', '--window-ms', '200', '--clients', 'native,autocannon'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...flags], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const number = String.raw`[\d.]+`;
  expect(stdout).toMatch(
    new RegExp(
      `^native: ${number} us of CPU per request, \\d+ requests/s \\(medians\\)\n` +
        `autocannon: ${number} us of CPU per request, \\d+ requests/s \\(medians\\)\n` +
        `native / autocannon: ${number} \\(95 % ${number} to ${number}, 6 pairs\\)\n$`,
    ),
  );
});
