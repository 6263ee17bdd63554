/** Ratios to the reference of two runs: filled the first, hollow the second, a panel per condition. */
import { ratioInterval, ratio as ratioText } from '../../findings/format.js';
import type { SubjectView } from '../model.js';
import type { FigureRow, Versus } from '../versus.js';
import { type DotRow, dotsSpec } from './dots.js';
import { drawOnce, type Panel } from './figure.js';
import { ratioScale } from './scale.js';

const METRIC = 'cpu_us_per_request';

function rowsOf(row: FigureRow, subject: SubjectView): DotRow[] {
  const sides = [
    { name: `A ${row.subject}`, cell: row.ratioA, hollow: false },
    { name: `B ${row.subject}`, cell: row.ratioB, hollow: true },
  ];
  return sides.flatMap(({ name, cell, hollow }) => {
    if (cell === null || cell.kind === 'gap') return [];
    const range =
      cell.interval === null ? 'no interval' : `[${ratioInterval(cell.interval, 'page')}]`;
    const reading = `${ratioText(cell.ratio, 'page')} ${range}`;
    const { identity } = subject;
    const drawn = { value: cell.ratio, interval: cell.interval, single: [], hollow };
    return [{ name, reading, identity, ...drawn, tip: [reading, `n = ${cell.n}`] }];
  });
}

/** Empty where the runs have no condition or no reference in common. */
export async function versusPanels({ a, figures }: Versus): Promise<Panel[]> {
  const rows = figures.filter(({ metric, ratioA }) => metric === METRIC && ratioA !== null);
  const conditions = [...new Set(rows.map(({ condition }) => condition))];
  const panels = conditions.map((condition) => ({
    condition,
    dots: rows
      .filter((row) => row.condition === condition)
      .flatMap((row) => {
        const subject = a.subjects.find(({ id }) => id === row.subject);
        return subject === undefined ? [] : rowsOf(row, subject);
      }),
  }));
  const all = panels.flatMap(({ dots }) => dots);
  const bounds = all.flatMap(({ value, interval }) => [value, interval?.lo, interval?.hi]);
  const scale = ratioScale(bounds.flatMap((bound) => bound ?? []));
  const drawn = panels.map(({ condition, dots }, i) => {
    const spec = dotsSpec({
      rows: dots,
      x: {
        title: `← cheaper · 1 = ${a.reference?.id} · dearer →`,
        scale,
        labelExpr: "format(datum.value, '~r')",
      },
      lines: [{ x: 1, strong: true }],
    });
    return drawOnce(condition, spec, {
      id: `versus-${i}`,
      label: `Dot plot: CPU per request relative to ${a.reference?.id}, ${condition}`,
      description: dots.map(({ name, reading }) => `${name}: ${reading}.`).join(' '),
    });
  });
  return (await Promise.all(drawn)).filter(({ wide }) => wide !== null);
}
