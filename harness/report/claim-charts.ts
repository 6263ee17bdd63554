/** Which figure, or which other part of the page, shows a claim. */
import type { Judgement } from '../claims/index.js';
import type { Figure, FigureKind, LegendItem } from './chart/figure.js';
import { type Drawn, drawnOf } from './chart/svg.js';

/** Claims that a chart shows. */
const CHARTS: Readonly<Record<string, FigureKind>> = {
  'switch-cost': 'switch-cost',
  'threads-slow': 'cpu',
  'threads-slow-because-switches': 'split',
  'epoll-better': 'ratio',
  'coroutine-switch-cheap': 'switch-cost',
  'coroutines-as-fast': 'ratio',
  'coroutines-avoid-switches': 'voluntary',
  memory: 'memory',
  'netpoll-wakes': 'wakeups',
  'sysmon-wakes': 'wakeups',
};

/** Claims that sources or traces show. */
const PARTS: Readonly<Record<string, 'sources' | 'traces'>> = {
  'callbacks-hard': 'sources',
  'reads-like-sync': 'sources',
  'listen-sequence': 'traces',
  'epoll-flags': 'traces',
  'accept-parks': 'traces',
  'accept-adds': 'traces',
  'read-parks': 'traces',
  'write-parks': 'traces',
};

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
    const { id } = judgement.claim;
    const part = PARTS[id];
    if (part !== undefined) {
      const there = part === 'sources' ? shown.hasSources : shown.hasTraces;
      const text = part === 'sources' ? 'The sources side by side' : 'The calls side by side';
      return { judgement, chart: null, link: there ? { href: `#${part}`, text } : null };
    }
    const figure = shown.charts.find(({ kind }) => kind === CHARTS[id]);
    if (figure === undefined) return { judgement, chart: null, link: null };
    const link = { href: `#${figure.id}`, text: `Chart: ${figure.title}` };
    return { judgement, chart: chartOf(figure, id), link };
  });
}

/** The panel with the most connections stands last; of the cost of a switch the first says most. */
function chartOf(figure: Figure, claim: string): ClaimChart | null {
  const drawn = figure.panels.filter(({ narrow }) => narrow !== null);
  const wanted = FIRST.has(figure.kind) ? drawn[claim === 'coroutine-switch-cheap' ? 2 : 0] : null;
  const panel = wanted ?? (FIRST.has(figure.kind) ? drawn[0] : drawn.at(-1));
  if (panel === undefined || panel.narrow === null) return null;
  const title = panel.title === null ? figure.title : `${figure.title}, ${panel.title}`;
  const legend = figure.legend === 'never' ? [] : figure.legendItems;
  return { drawn: drawnOf(panel.narrow), title, legend };
}

const FIRST: ReadonlySet<FigureKind> = new Set(['switch-cost', 'memory', 'wakeups']);
