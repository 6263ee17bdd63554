import { expect, test } from 'vitest';
import { loadClient } from './clients.js';

test.each(['native', 'autocannon'] as const)('%s is found by its name', (kind) => {
  const client = loadClient(kind);
  expect(client.kind).toBe(kind);
  expect(client.version).not.toBe('');
  expect(client.limits).not.toEqual([]);
});
