/**
 * docs/PROTOCOL.md as a suite: every conformance case that concerns a variant, each check a test of
 * its own, run against it as it starts by default or with flags of its own.
 *
 * A variant with flags has a test in its folder that runs the suite for those that change how it
 * serves:
 *
 *     describeProtocol(variantIn(import.meta.dirname), ['--trigger', 'level']);
 */
import { describe, test } from 'vitest';
import type { Case } from '../../harness/conformance/case.js';
import { casesFor } from '../../harness/conformance/conform.js';
import type { Variant } from '../../harness/plan/variant.js';
import { useSuite } from './suite.js';

export const LIMITS = { timeout: 60_000 };

/** The whole suite for a variant that this machine can run. */
export function describeProtocol(variant: Variant, flags: readonly string[] = []): void {
  describe([variant.name, ...flags].join(' '), LIMITS, () => {
    const suite = useSuite(variant, flags);
    const tests = ({ name, define }: Case) =>
      describe(name, () => define(suite, (check, body) => test(check, body)));
    const cases = casesFor(variant);
    for (const one of cases.filter(({ concurrent }) => !concurrent)) tests(one);
    describe.concurrent('side by side', () => {
      for (const one of cases.filter(({ concurrent }) => concurrent)) tests(one);
    });
  });
}
