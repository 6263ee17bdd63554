/** Made-up variants and machines for tests of plan and cli. Never used outside tests. */
import { TARGETS } from '../results/workloads.js';
import type { MachineFacts } from './machine.js';
import type { Variant } from './variant.js';

export function makeVariant(name: string, overrides: Partial<Variant> = {}): Variant {
  return {
    name,
    title: `Title of ${name}`,
    model: name,
    summary: `Summary of ${name}`,
    byDefault: true,
    launch: { native: name },
    needs: [],
    serves: { modes: ['http'], targets: ['/'] },
    threadsPerCpu: 1,
    folder: `/servers/${name}`,
    ...overrides,
  };
}

/** What a variant serves that takes part in everything. */
export const FULL_SERVES: Variant['serves'] = {
  modes: ['http', 'greeting'],
  targets: [...TARGETS],
};

/** The four that the repository has, in an order that is not theirs. */
export const FOUR: readonly Variant[] = [
  makeVariant('thread-per-connection', { threadsPerCpu: 'per-connection' }),
  makeVariant('go-net'),
  makeVariant('coroutine-epoll'),
  makeVariant('callback-epoll'),
];

/** Two CPUs on cores of their own, and limits that allow everything. */
export function makeMachine(overrides: Partial<MachineFacts> = {}): MachineFacts {
  return {
    allowedCpus: [0, 1],
    coreMates: new Map([
      [0, [0]],
      [1, [1]],
    ]),
    openFiles: 20_000,
    ephemeralPorts: 28_232,
    threadLimits: [
      { name: 'kernel.threads-max', value: 100_000, remedy: '`sysctl kernel.threads-max=N`' },
    ],
    ...overrides,
  };
}
