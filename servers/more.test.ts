/**
 * Every conformance case against the variants that take part only when they are named. In a file of
 * its own, so that it runs in parallel with protocol.test.ts.
 */
import { test } from 'vitest';
import { describeProtocol } from './testing/protocol.js';
import { missingNeed, VARIANTS } from './testing/variants.js';

for (const variant of VARIANTS.filter(({ byDefault }) => !byDefault)) {
  const why = missingNeed(variant);
  if (why === undefined) describeProtocol(variant);
  else test(variant.name, (context) => context.skip(why));
}
