/** Every native server under faults (testing/faults.cases.ts). A new variant is tested by being a folder. */
import { describe } from 'vitest';
import { churnCases, faultCases } from './testing/faults.cases.js';
import { usePreloads } from './testing/faulty.js';
import { LIMITS } from './testing/protocol.js';
import { useSuite } from './testing/suite.js';
import { VARIANTS } from './testing/variants.js';

const preload = usePreloads();

const natives = VARIANTS.filter(({ launch }) => 'native' in launch);

for (const variant of natives) {
  describe(variant.name, LIMITS, () => faultCases(useSuite(variant), preload));
}
for (const variant of natives) {
  describe(variant.name, LIMITS, () => churnCases(useSuite(variant)));
}
