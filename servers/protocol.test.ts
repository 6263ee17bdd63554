/**
 * docs/PROTOCOL.md as a test: every case, against every variant that is there. A new variant is
 * tested by being a folder.
 *
 * `npx vitest run servers/protocol.test.ts -t '<variant>'` tests one variant.
 */
import { describe, test } from 'vitest';
import { answerCases } from './testing/answers.cases.js';
import { closingCases } from './testing/closing.cases.js';
import { controlCases } from './testing/control.cases.js';
import { countingCases } from './testing/counting.cases.js';
import { differentialCases } from './testing/differential.cases.js';
import { framingCases } from './testing/framing.cases.js';
import { greetingCases } from './testing/greeting.cases.js';
import { relayCases } from './testing/relay.cases.js';
import { socketCases } from './testing/sockets.cases.js';
import { stopCases } from './testing/stop.cases.js';
import { type Suite, useSuite } from './testing/suite.js';
import { discoverVariants, missingNeed } from './testing/variants.js';

const LIMITS = { timeout: 60_000 };

const HTTP_CASES: Record<string, (suite: Suite) => void> = {
  control: controlCases,
  sockets: socketCases,
  counting: countingCases,
  answers: answerCases,
  relay: relayCases,
  framing: framingCases,
  closing: closingCases,
};

const variants = discoverVariants();
const present = variants.filter((variant) => missingNeed(variant) === undefined);

for (const variant of present) {
  describe(variant.name, LIMITS, () => {
    const suite = useSuite(variant);
    const { modes } = variant.serves;
    if (modes.includes('greeting')) describe('greeting', () => greetingCases(suite));
    if (!modes.includes('http')) return;
    for (const [name, cases] of Object.entries(HTTP_CASES)) describe(name, () => cases(suite));
    // Each of them has a server of its own, and some wait for the 2 s of a stop.
    describe.concurrent('stop', () => stopCases(suite));
  });
}

for (const variant of variants) {
  const why = missingNeed(variant);
  if (why !== undefined) test(variant.name, (context) => context.skip(why));
}

describe('differential', LIMITS, () => {
  const http = present.filter((variant) => variant.serves.modes.includes('http'));
  const suites = http.map((variant) => useSuite(variant));
  differentialCases(() => suites);
});
