/** The claims: a card each, with its verdict, what it rests on, and the chart that shows it. */
import { type Claim, type Figure, PARTS, type Part } from '../../claims/claim.js';
import { isLeftOpen, type Judgement, machineText } from '../../claims/index.js';
import { count, interval, number } from '../../findings/format.js';
import type { Results } from '../../results/schema.js';
import type { ClaimChart, ClaimView } from '../claim-charts.js';
import { verdictText } from '../text.js';
import { Legend } from './charts.js';
import { Scroll, Section } from './parts.js';

/** Verdicts differ without colour, too. */
const SIGNS: Readonly<Record<string, readonly [string, string]>> = {
  Supported: ['good', '✓'],
  Refuted: ['bad', '✗'],
  'It depends': ['open', '±'],
  Inconclusive: ['open', '?'],
  Described: ['plain', '¶'],
};

function Chip({ judgement }: { judgement: Judgement }) {
  const text = verdictText(judgement);
  const [colour, sign] = SIGNS[text] ?? ['plain', '–'];
  return (
    <strong class={`chip ${colour}`}>
      <span aria-hidden="true">{sign} </span>
      {text}
    </strong>
  );
}

function Thresholds({ thresholds }: Pick<Claim, 'thresholds'>) {
  if (thresholds.length === 0) return <p class="fixed">No threshold: the reader judges.</p>;
  return (
    <p class="fixed">
      <span class="label">Fixed before the run</span>{' '}
      {thresholds.map(({ label, value, unit }) => `${label} ${value} ${unit}`).join(' · ')}
    </p>
  );
}

function Numbers({ id, numbers }: { id: string; numbers: readonly Figure[] }) {
  if (numbers.length === 0) return null;
  return (
    <details>
      <summary>
        {count(numbers.length, 'number', 'page')} <span class="sr">of {id}</span>
      </summary>
      <Scroll label={`Numbers of ${id}`}>
        <table class="data">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col" class="num">
                Value
              </th>
              <th scope="col" class="num">
                Interval
              </th>
              <th scope="col">Unit</th>
            </tr>
          </thead>
          <tbody>
            {numbers.map(({ label, value, lo, hi, unit }, i) => (
              <tr key={i}>
                <td class="text">{label}</td>
                <td class="num">{number(value, 'page')}</td>
                <td class="num">{lo === null || hi === null ? 'none' : interval({ lo, hi })}</td>
                <td>{unit}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </details>
  );
}

function Flips({ flips }: { flips: readonly string[] }) {
  if (flips.length === 0) return null;
  return (
    <ul class="flips">
      {flips.map((flip) => (
        <li key={flip}>But {flip}.</li>
      ))}
    </ul>
  );
}

function Chart({ chart }: { chart: ClaimChart }) {
  const { body, width, height } = chart.drawn;
  // The chart itself is drawn once, further down: this only shows it again.
  return (
    <div>
      <svg
        class="chart again"
        role="img"
        aria-label={`${chart.title}; it is described below, under Charts`}
        viewBox={`0 0 ${width} ${height}`}
        width={width}
        height={height}
      >
        <use href={`#${body}`} />
      </svg>
      {chart.legend.length > 0 && <Legend items={chart.legend} />}
      <p class="note small">{chart.title}</p>
    </div>
  );
}

function Card({ view }: { view: ClaimView }) {
  const { judgement, chart, link } = view;
  const { claim } = judgement;
  const { sentence, flips, numbers, basedOn } = judgement.decision;
  return (
    <article id={`claim-${claim.id}`} class="card" aria-labelledby={`claim-${claim.id}-title`}>
      <div>
        <p class="verdict">
          <Chip judgement={judgement} /> <span class="mono note">{claim.id}</span>
        </p>
        <h4 id={`claim-${claim.id}-title`}>{claim.text}</h4>
        <p>{sentence}</p>
        <Flips flips={flips} />
        <Thresholds thresholds={claim.thresholds} />
        <Numbers id={claim.id} numbers={numbers} />
        <details>
          <summary>
            How it was put to the test <span class="sr">: {claim.id}</span>
          </summary>
          <p>{claim.experiment}</p>
          {basedOn.length > 0 && <p class="note">Rests on {basedOn.join('; ')}.</p>}
        </details>
        <p class="note">
          {link !== null && (
            <>
              <a href={link.href}>{link.text}</a> ·{' '}
            </>
          )}
          <a href="#data">
            The data<span class="sr"> behind {claim.id}</span>
          </a>
        </p>
      </div>
      {chart !== null && <Chart chart={chart} />}
    </article>
  );
}

/** `Supported: 4. Refuted: 1. Left open: 13.`: each verdict that occurs. */
function tallyText(judgements: readonly Judgement[]): string {
  const texts = judgements.map(verdictText);
  return [...new Set(texts)]
    .map((text) => `${text}: ${texts.filter((other) => other === text).length}.`)
    .join(' ');
}

/** Claims that this run has no data for: one list in place of many cards that say the same. */
function LeftOpen({ views }: { views: readonly ClaimView[] }) {
  if (views.length === 0) return null;
  return (
    <details class="left-open">
      <summary>
        {count(views.length, 'claim', 'page')} left open, because this run has no data for{' '}
        {views.length === 1 ? 'it' : 'them'}
      </summary>
      <ul>
        {views.map(({ judgement }) => (
          <li key={judgement.claim.id} id={`claim-${judgement.claim.id}`}>
            <span class="mono">{judgement.claim.id}</span>: {judgement.claim.text}{' '}
            <span class="note">{judgement.decision.sentence}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

export function Claims({ views, results }: { views: readonly ClaimView[]; results: Results }) {
  const settled = views.filter(({ judgement }) => !isLeftOpen(judgement));
  return (
    <Section id="claims" title="Claims, and what this run says">
      <p class="note">
        {tallyText(views.map(({ judgement }) => judgement))} A verdict holds for this machine and
        these conditions: {machineText(results)}.
      </p>
      {(Object.keys(PARTS) as Part[]).map((part) => {
        const mine = settled.filter(({ judgement }) => judgement.claim.part === part);
        if (mine.length === 0) return null;
        return (
          <div key={part}>
            <h3>{PARTS[part]}</h3>
            <div class="cards">
              {mine.map((view) => (
                <Card key={view.judgement.claim.id} view={view} />
              ))}
            </div>
          </div>
        );
      })}
      <LeftOpen views={views.filter(({ judgement }) => isLeftOpen(judgement))} />
    </Section>
  );
}
