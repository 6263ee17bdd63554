import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { loadClient } from './clients.js';

const wrkIsMissing = spawnSync('wrk', ['-v']).error !== undefined;
if (wrkIsMissing) console.warn('SKIPPED: wrk is not installed; run apt-get install wrk');

function isComplete(kind: Parameters<typeof loadClient>[0]): void {
  const client = loadClient(kind);
  expect(client.kind).toBe(kind);
  expect(client.version).not.toBe('');
  expect(client.limits).not.toEqual([]);
}

test.each(['native', 'autocannon'] as const)('%s is found by its name', isComplete);
test.skipIf(wrkIsMissing)('wrk is found by its name', () => isComplete('wrk'));
