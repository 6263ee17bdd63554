/** Two runs side by side: what may be compared, verdicts, figures, set-ups. */
import { interval, number, ratio, ratioInterval } from '../../findings/format.js';
import { METRICS } from '../../results/metrics.js';
import type { Panel } from '../chart/figure.js';
import type { Gap, RatioCell, ValueCell } from '../model.js';
import { verdictText } from '../text.js';
import type { Apart, ClaimRow, FigureRow, SetupRow, Versus } from '../versus.js';
import { Drawing } from './charts.js';
import { NumberCell, Scroll, Section, Table } from './parts.js';

export function Claims({ claims }: { claims: readonly ClaimRow[] }) {
  const changed = ({ a, b }: ClaimRow) => verdictText(a) !== verdictText(b);
  const different = claims.filter(changed).length;
  const ordered = [...claims].sort((x, y) => Number(changed(y)) - Number(changed(x)));
  return (
    <Section id="claims" title="Verdicts">
      <p class="note">
        {different === 0
          ? 'No verdict differs.'
          : `${different} of ${claims.length} differ; they come first.`}
      </p>
      <Table
        label="Verdicts of both runs"
        columns={['Claim', 'A', 'B', 'Same']}
        rows={ordered.map((row) => [
          row.a.claim.text,
          verdictText(row.a),
          verdictText(row.b),
          changed(row) ? '≠ differs' : 'same',
        ])}
      />
    </Section>
  );
}

const APART: Readonly<Record<Apart, string>> = {
  apart: '≠ apart',
  overlap: 'overlap',
  unknown: '–',
};

function Value({ cell }: { cell: ValueCell | Gap }) {
  if (cell.kind === 'gap') return <td class="num gap">no value</td>;
  return <NumberCell bounds={interval(cell.interval)}>{number(cell.median, 'page')}</NumberCell>;
}

function Ratio({ cell }: { cell: RatioCell | Gap | null }) {
  if (cell === null || cell.kind === 'gap') return <td class="num gap">–</td>;
  return (
    <NumberCell bounds={ratioInterval(cell.interval, 'page')}>
      {ratio(cell.ratio, 'page')}×
    </NumberCell>
  );
}

function FigureTable({ condition, rows }: { condition: string; rows: readonly FigureRow[] }) {
  return (
    <>
      <h3>{condition}</h3>
      <Scroll label={`Figures of both runs: ${condition}`}>
        <table class="data">
          <thead>
            <tr>
              {['Server', 'Measure', 'A', 'B', 'A, ratio', 'B, ratio', 'Intervals'].map((title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.metric} ${row.subject}`}>
                <th scope="row">{row.subject}</th>
                <td>
                  {METRICS[row.metric].label}{' '}
                  <span class="unit">{METRICS[row.metric].shownUnit}</span>
                </td>
                <Value cell={row.a} />
                <Value cell={row.b} />
                <Ratio cell={row.ratioA} />
                <Ratio cell={row.ratioB} />
                <td>{APART[row.apart]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

export function Figures({ versus, panels }: { versus: Versus; panels: readonly Panel[] }) {
  const conditions = [...new Set(versus.figures.map(({ condition }) => condition))];
  return (
    <Section id="figures" title="Figures">
      {conditions.length === 0 && <p>The runs have no condition in common.</p>}
      {panels.length > 0 && (
        <figure class="full" aria-labelledby="versus-title">
          <h3 id="versus-title">
            CPU per request <span class="unit">ratio to {versus.a.reference?.id}</span>
          </h3>
          <div class={`panels n${Math.min(panels.length, 4)}`}>
            {panels.map((panel) => (
              <div class="panel" key={panel.title}>
                <h4>{panel.title}</h4>
                <Drawing panel={panel} />
              </div>
            ))}
          </div>
          <figcaption>
            <p>
              Filled: A. Hollow: B. Lines: exact 95 % intervals of the paired ratio of each run.
            </p>
          </figcaption>
        </figure>
      )}
      <p class="note">
        Apart: the 95 % intervals do not touch; of the ratios where there are some, else of the
        values. Intervals that overlap may belong to different values all the same.
      </p>
      {conditions.map((condition) => (
        <FigureTable
          key={condition}
          condition={condition}
          rows={versus.figures.filter((row) => row.condition === condition)}
        />
      ))}
    </Section>
  );
}

export function Setup({ rows }: { rows: readonly SetupRow[] }) {
  return (
    <Section id="setup" title="Set-ups">
      <Table
        label="Set-ups of both runs"
        columns={['What', ['A', 'text'], ['B', 'text'], 'Same']}
        rows={rows.map(({ what, a, b, same }) => [what, a, b, same ? 'same' : '≠ differs'])}
      />
    </Section>
  );
}
