/** How it works and how it reads: traces and sources, or why there are none. */
import { FULL_RUN } from '../../claims/claim.js';
import { TRACE_PHASES, type Trace } from '../../results/evidence.js';
import type { Results } from '../../results/schema.js';
import type { GapLine } from '../gaps.js';
import { Gaps, Section } from './parts.js';
import { SideBySide, sideBySide } from './side-by-side.js';
import { Sources } from './sources.js';

const TITLES: Readonly<Record<string, string>> = {
  listen: 'Until it listens',
  accept: 'A connection comes',
  request: 'A request comes',
  close: 'The connection goes',
  bulk: 'A long reply is read slowly',
  stop: 'It is told to stop',
};

const titleOf = (phase: string): string => TITLES[phase] ?? phase;

/** `epoll_ctl connection ADD IN|OUT|RDHUP|ET = 0` */
function callText({ call, on, detail, result }: Trace['phases'][number]['calls'][number]): string {
  return `${[call, on, detail].filter((part) => part !== '').join(' ')} = ${result}`;
}

function textOf(trace: Trace, phase: string): string {
  const calls = trace.phases.filter((one) => one.phase === phase).flatMap((one) => one.calls);
  return calls.map(callText).join('\n');
}

function Pair({ left, right, open }: { left: Trace; right: Trace; open: boolean }) {
  const phases = TRACE_PHASES.filter((phase) =>
    [left, right].some((trace) => textOf(trace, phase) !== ''),
  );
  return (
    <details open={open}>
      <summary>
        {left.subject} and {right.subject}
      </summary>
      {phases.map((phase) => (
        <div key={phase}>
          <h4>{titleOf(phase)}</h4>
          <SideBySide
            label={`System calls of ${left.subject} and ${right.subject}: ${titleOf(phase)}`}
            left={`${left.subject} (${left.instrument})`}
            right={`${right.subject} (${right.instrument})`}
            rows={sideBySide(textOf(left, phase), textOf(right, phase))}
            noun="Calls"
          />
        </div>
      ))}
    </details>
  );
}

/** The reference with each of the others; a single trace has no partner. */
function pairsOf(items: readonly Trace[], reference: string): (readonly [Trace, Trace])[] {
  const base = items.find(({ subject }) => subject === reference) ?? items[0];
  if (base === undefined) return [];
  const others = items.filter((trace) => trace !== base);
  return others.length === 0 ? [[base, base]] : others.map((other) => [base, other]);
}

export function Traces({ results }: { results: Results }) {
  const items = results.evidence?.traces.items ?? null;
  if (items === null || items.length === 0) return null;
  const { reference } = results.header.plan;
  return (
    <div id="traces">
      <h3>How it works: the system calls</h3>
      <p class="note">
        Traced in short runs of their own, never in a timed one. Descriptors have names, arguments
        that do not matter are left out; ≠ marks what only one of the two does.
      </p>
      {pairsOf(items, reference).map(([left, right], i) => (
        <Pair key={right.subject} left={left} right={right} open={i === 0} />
      ))}
    </div>
  );
}

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
