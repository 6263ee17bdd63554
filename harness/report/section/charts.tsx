/** The figures: title, chart, caption, what is missing, and the table behind each. */
import type { Figures } from '../chart/catalog.js';
import type { Figure, LegendItem, Panel, Table } from '../chart/figure.js';
import { Gaps, Scroll, Section, Swatch } from './parts.js';

export function Drawing({ panel }: { panel: Panel }) {
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

function Item({ item }: { item: LegendItem }) {
  switch (item.kind) {
    case 'look':
      return (
        <li>
          <Swatch identity={item.identity} /> {item.text}
        </li>
      );
    case 'fill':
      return (
        <li>
          <svg class="swatch" viewBox="0 0 14 14" width={14} height={14} aria-hidden="true">
            <rect width={14} height={14} fill={item.fill} />
          </svg>{' '}
          {item.text}
        </li>
      );
    case 'words':
      return <li>{item.text}</li>;
  }
}

export function Legend({ items }: { items: readonly LegendItem[] }) {
  return (
    <ul class="legend" aria-label="Legend">
      {items.map((item) => (
        <Item key={item.text} item={item} />
      ))}
    </ul>
  );
}

function DataTable({ title, table }: { title: string; table: Table }) {
  if (table.rows.length === 0) return null;
  return (
    <details>
      <summary>
        Data table <span class="sr">of {title}</span>
      </summary>
      <Scroll label={`Data of ${title}`}>
        <table class="data">
          <caption class="sr">{title}</caption>
          <thead>
            <tr>
              {table.columns.map((column) => (
                <th key={column.title} scope="col" class={column.numeric ? 'num' : ''}>
                  {column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row, i) => (
              <tr key={i}>
                {row.map((cell, c) => (
                  <DataCell key={table.columns[c]?.title} table={table} place={c} cell={cell} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </details>
  );
}

function DataCell({ table, place, cell }: { table: Table; place: number; cell: string }) {
  if (place === 0) return <th scope="row">{cell}</th>;
  const numeric = table.columns[place]?.numeric === true;
  const isLast = place === table.columns.length - 1;
  return <td class={numeric ? 'num' : isLast ? 'text' : ''}>{cell}</td>;
}

export function FigureView({ figure }: { figure: Figure }) {
  const [shows, reading] = figure.caption;
  const columns = figure.columns ?? figure.panels.length;
  return (
    <figure
      id={figure.id}
      class={`${figure.width} ${figure.kind} legend-${figure.legend}`}
      aria-labelledby={`${figure.id}-title`}
    >
      <h3 id={`${figure.id}-title`}>
        {figure.title} <span class="unit">{figure.unit}</span>
      </h3>
      {figure.legend !== 'never' && <Legend items={figure.legendItems} />}
      <div class={`panels n${Math.min(columns, 4)}`}>
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
        <Gaps lines={figure.gaps} />
      </figcaption>
      <DataTable title={`${figure.title}, ${figure.id}`} table={figure.table} />
    </figure>
  );
}

export function Charts({ figures }: { figures: Figures }) {
  const { charts, missing } = figures;
  return (
    <Section id="charts" title="Charts">
      <p class="note">
        Bars through points are 95 % intervals: order statistics of the median over trials, unless a
        caption says otherwise; a point without one rests on too few trials. Points at the same
        number of connections are nudged sideways to keep their intervals apart. A server has the
        same colour, shape and dash everywhere.
      </p>
      <div class="figures">
        {charts.map((figure) => (
          <FigureView key={figure.id} figure={figure} />
        ))}
      </div>
      {missing.length > 0 && (
        <>
          <h3>Not drawn</h3>
          <Gaps lines={missing} />
        </>
      )}
    </Section>
  );
}
