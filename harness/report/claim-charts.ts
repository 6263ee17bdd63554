/** The figure, or the other part of the page, that shows each claim. */
import type { Judgement } from '../claims/index.js';
import type { Figure, LegendItem } from './chart/figure.js';
import { type Drawn, drawnOf } from './chart/svg.js';

export interface ClaimChart {
  readonly drawn: Drawn;
  readonly title: string;
  readonly legend: readonly LegendItem[];
}

export interface ClaimView {
  readonly judgement: Judgement;
  /** The panel that is shown on the card, and what it is called. */
  readonly chart: ClaimChart | null;
  /** Where on the page the whole of it is; null when this run has nothing to show. */
  readonly link: { readonly href: string; readonly text: string } | null;
}

interface Shown {
  readonly charts: readonly Figure[];
  readonly hasSources: boolean;
  readonly hasTraces: boolean;
}

export function claimViews(judgements: readonly Judgement[], shown: Shown): ClaimView[] {
  return judgements.map((judgement) => {
    const { shownBy } = judgement.claim;
    if ('part' in shownBy) {
      const { part } = shownBy;
      const there = part === 'sources' ? shown.hasSources : shown.hasTraces;
      const text = part === 'sources' ? 'The sources side by side' : 'The calls side by side';
      return { judgement, chart: null, link: there ? { href: `#${part}`, text } : null };
    }
    const figure = shown.charts.find(({ kind }) => kind === shownBy.chart);
    if (figure === undefined) return { judgement, chart: null, link: null };
    const link = { href: `#${figure.id}`, text: `Chart: ${figure.title}` };
    return { judgement, chart: chartOf(figure, shownBy.panel), link };
  });
}

function chartOf(figure: Figure, at: number): ClaimChart | null {
  const drawn = figure.panels.filter(({ narrow }) => narrow !== null);
  const panel = drawn.at(at) ?? drawn[0];
  if (panel === undefined || panel.narrow === null) return null;
  const title = panel.title === null ? figure.title : `${figure.title}, ${panel.title}`;
  const legend = figure.legend === 'never' ? [] : figure.legendItems;
  return { drawn: drawnOf(panel.narrow), title, legend };
}
