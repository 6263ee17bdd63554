/** The figures: title, chart, caption, what is missing, and the table behind each. */
import type { DataRow, Figure, Panel } from '../chart/figure.js';
import { interval, quantity, whole } from '../format.js';
import { type GapLine, gapLines } from '../gaps.js';
import type { SubjectView } from '../model.js';
import { Gaps, Scroll, Section, Swatch } from './parts.js';

function Drawing({ panel }: { panel: Panel }) {
  const { wide, narrow } = panel;
  if (wide === null || narrow === null) return <p class="nothing">Nothing to draw: no values.</p>;
  const put = (svg: string, kind: string) => (
    // The SVG comes from our own specification; vega escapes the texts in it.
    <div class={`drawing ${kind}`} dangerouslySetInnerHTML={{ __html: svg }} />
  );
  if (wide === narrow) return put(wide, 'any');
  return (
    <>
      {put(wide, 'wide')}
      {put(narrow, 'narrow')}
    </>
  );
}

function Legend({ subjects, hollow }: { subjects: readonly SubjectView[]; hollow: boolean }) {
  return (
    <ul class="legend" aria-label="Legend">
      {subjects.map((subject) => (
        <li key={subject.id}>
          <Swatch identity={subject.identity} /> {subject.id}
          {subject.role === 'twin' && ' (A/A)'}
        </li>
      ))}
      {hollow && <li>hollow: lower bound</li>}
    </ul>
  );
}

function DataTable({ figure }: { figure: Figure }) {
  return (
    <details>
      <summary>
        Data table <span class="sr">of {figure.title}</span>
      </summary>
      <Scroll label={`Data of ${figure.title}`}>
        <table class="data">
          <caption class="sr">{figure.title}</caption>
          <thead>
            <tr>
              <th scope="col">Server</th>
              <th scope="col">Measure</th>
              <th scope="col" class="num">
                Connections
              </th>
              <th scope="col" class="num">
                Value
              </th>
              <th scope="col" class="num">
                95 % interval
              </th>
              <th scope="col" class="num">
                n
              </th>
              <th scope="col">Note</th>
            </tr>
          </thead>
          <tbody>
            {figure.rows.map((row) => (
              <DataLine key={`${row.measure} ${row.connections} ${row.subject.id}`} row={row} />
            ))}
          </tbody>
        </table>
      </Scroll>
    </details>
  );
}

function DataLine({ row }: { row: DataRow }) {
  return (
    <tr>
      <th scope="row">{row.subject.id}</th>
      <td>{row.measure}</td>
      <td class="num">{whole(row.connections)}</td>
      <td class="num">{row.value === null ? 'no value' : quantity(row.value)}</td>
      <td class="num">{row.interval === null ? 'none' : interval(row.interval)}</td>
      <td class="num">{row.n ?? '–'}</td>
      <td class="text">{row.note ?? ''}</td>
    </tr>
  );
}

function gapsOf(figure: Figure): GapLine[] {
  const unsaid = figure.rows.filter((row) => row.value === null || row.interval === null);
  const all = {
    whats: [...new Set(figure.rows.map((row) => row.label))],
    subjects: [...new Set(figure.rows.map((row) => row.subject.id))],
  };
  return gapLines(
    unsaid.flatMap(({ label, subject, connections, note }) =>
      note === null ? [] : [{ what: label, subject: subject.id, connections, why: note }],
    ),
    all,
  );
}

function FigureView({ figure }: { figure: Figure }) {
  const [shows, reading] = figure.caption;
  return (
    <figure
      id={figure.id}
      class={`${figure.width} legend-${figure.legend}`}
      aria-labelledby={`${figure.id}-title`}
    >
      <h3 id={`${figure.id}-title`}>
        {figure.title} <span class="unit">{figure.unit}</span>
      </h3>
      {figure.legend !== 'never' && <Legend subjects={figure.subjects} hollow={figure.hollow} />}
      <div class={`panels n${Math.min(figure.panels.length, 4)}`}>
        {figure.panels.map((panel) => (
          <div class="panel" key={panel.title}>
            {panel.title !== null && <h4>{panel.title}</h4>}
            <Drawing panel={panel} />
          </div>
        ))}
      </div>
      <figcaption>
        <p>
          <strong>{shows}</strong> {reading}
        </p>
        <Gaps lines={gapsOf(figure)} />
      </figcaption>
      <DataTable figure={figure} />
    </figure>
  );
}

export function Charts({ figures }: { figures: readonly Figure[] }) {
  return (
    <Section id="charts" title="Charts">
      <p class="note">
        Vertical bars through points are 95 % order-statistic intervals of the median over trials; a
        point without one rests on too few trials. Points at the same number of connections are
        nudged sideways to keep their intervals apart.
      </p>
      <div class="figures">
        {figures.map((figure) => (
          <FigureView key={figure.id} figure={figure} />
        ))}
      </div>
    </Section>
  );
}
