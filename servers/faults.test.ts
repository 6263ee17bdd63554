/** Every native server under faults (testing/faults.cases.ts). A new variant is tested by being a folder. */
import { describe } from 'vitest';
import { faultCases } from './testing/faults.cases.js';
import { usePreloads } from './testing/faulty.js';
import { LIMITS } from './testing/protocol.js';
import { useSuite } from './testing/suite.js';
import { VARIANTS } from './testing/variants.js';

const preload = usePreloads();

for (const variant of VARIANTS.filter(({ launch }) => 'native' in launch)) {
  describe(variant.name, LIMITS, () => faultCases(useSuite(variant), preload));
}
