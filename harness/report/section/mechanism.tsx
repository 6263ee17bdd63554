/** How it works and how it reads: traces and sources, or why there are none. */

import { FULL_RUN } from '../../claims/claim.js';
import type { Results } from '../../results/schema.js';
import type { GapLine } from '../gaps.js';
import { Gaps, Section } from './parts.js';
import { Sources } from './sources.js';
import { Traces } from './traces.js';

const PARTS = [
  { part: 'traces', what: 'System calls' },
  { part: 'sources', what: 'Sources' },
] as const;

function missingOf({ evidence }: Results): GapLine[] {
  return PARTS.flatMap(({ part, what }) => {
    if (evidence === null) {
      return [{ where: what, why: `not gathered by this run; \`${FULL_RUN}\` does` }];
    }
    const { items, why } = evidence[part];
    if (items !== null && items.length > 0) return [];
    return [{ where: what, why: why ?? 'none were gathered' }];
  });
}

export function Mechanism({ results }: { results: Results }) {
  return (
    <Section id="how" title="How it works, and how it reads">
      <Traces results={results} />
      <Sources results={results} />
      <Gaps lines={missingOf(results)} />
    </Section>
  );
}
