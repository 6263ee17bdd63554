/** The figures: title, chart, caption, what is missing, and the table behind each. */
import type { Figures } from '../chart/catalog.js';
import type { Table as Data, Figure, LegendItem, Panel } from '../chart/figure.js';
import { Gaps, Section, Swatch, Table } from './parts.js';

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

function DataTable({ title, table }: { title: string; table: Data }) {
  if (table.rows.length === 0) return null;
  return (
    <details>
      <summary>
        Data table <span class="sr">of {title}</span>
      </summary>
      <Table
        label={`Data of ${title}`}
        caption={title}
        columns={table.columns.map((column, i): [string, string] => {
          const isLast = i === table.columns.length - 1;
          return [column.title, column.numeric ? 'num' : isLast ? 'text' : ''];
        })}
        rows={table.rows}
      />
    </details>
  );
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
