import { expect, test } from 'vitest';
import { limitsFor } from './limits.js';
import { keepalive, LIMITS } from './testing.js';

test('many connections, the silent ones too, have more time to be made and to end', () => {
  const idle = {
    ...keepalive(64),
    workload: 'idle' as const,
    parameters: { silentConnections: 9936 },
  };
  expect(limitsFor(idle, LIMITS)).toEqual({
    ...LIMITS,
    stopMs: LIMITS.stopMs + 5000,
    drainMs: LIMITS.drainMs + 5000,
    clientMs: LIMITS.clientMs + 10_000,
  });
});
