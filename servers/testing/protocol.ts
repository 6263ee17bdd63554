/**
 * docs/PROTOCOL.md as a suite: every case that a variant has to pass, run against it as it starts
 * by default, or with flags of its own.
 *
 * A variant with flags has a test in its folder that runs the suite for those that change how it
 * serves:
 *
 *     describeProtocol(variantIn(import.meta.dirname), ['--trigger', 'level']);
 */
import { describe } from 'vitest';
import type { Variant } from '../../harness/plan/variant.js';
import { answerCases } from './answers.cases.js';
import { closingCases } from './closing.cases.js';
import { controlCases } from './control.cases.js';
import { countingCases } from './counting.cases.js';
import { framingCases } from './framing.cases.js';
import { greetingCases } from './greeting.cases.js';
import { relayCases } from './relay.cases.js';
import { socketCases } from './sockets.cases.js';
import { stopCases } from './stop.cases.js';
import { type Suite, useSuite } from './suite.js';

export const LIMITS = { timeout: 60_000 };

const HTTP_CASES: Record<string, (suite: Suite) => void> = {
  control: controlCases,
  sockets: socketCases,
  counting: countingCases,
  answers: answerCases,
  relay: relayCases,
  framing: framingCases,
  closing: closingCases,
};

/** The whole suite for a variant that this machine can run. */
export function describeProtocol(variant: Variant, flags: readonly string[] = []): void {
  describe([variant.name, ...flags].join(' '), LIMITS, () => {
    const suite = useSuite(variant, flags);
    const { modes } = variant.serves;
    if (modes.includes('greeting')) describe('greeting', () => greetingCases(suite));
    if (!modes.includes('http')) return;
    for (const [name, cases] of Object.entries(HTTP_CASES)) describe(name, () => cases(suite));
    // Each of them has a server of its own, and some wait for the 2 s of a stop.
    describe.concurrent('stop', () => stopCases(suite));
  });
}
