/**
 * docs/PROTOCOL.md as a test: every conformance case, against every variant that takes part by
 * default; more.test.ts has the others. A new variant is tested by being a folder. `npm run
 * conformance` runs the same cases.
 *
 * `npx vitest run servers/protocol.test.ts -t '<variant>'` tests one variant.
 */
import { describe, test } from 'vitest';
import { answersOf } from '../harness/plan/variant.js';
import { differentialCases } from './testing/differential.cases.js';
import { describeProtocol, LIMITS } from './testing/protocol.js';
import { useSuite } from './testing/suite.js';
import { missingNeed, VARIANTS } from './testing/variants.js';

const present = VARIANTS.filter((variant) => missingNeed(variant) === undefined);

for (const variant of present.filter(({ byDefault }) => byDefault)) describeProtocol(variant);

for (const variant of VARIANTS.filter(({ byDefault }) => byDefault)) {
  const why = missingNeed(variant);
  if (why !== undefined) test(variant.name, (context) => context.skip(why));
}

describe('differential', LIMITS, () => {
  const http = present.filter(
    (variant) => variant.serves.modes.includes('http') && answersOf(variant) === 'exact',
  );
  const suites = http.map((variant) => useSuite(variant));
  differentialCases(() => suites);
});
