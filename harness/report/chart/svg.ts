/**
 * A vega-lite specification as an SVG text: no canvas, no browser, no network, the same text for
 * the same input.
 *
 * Vega measures text by estimate, so every chart states its size and padding and leaves nothing to
 * automatic layout. Colours are CSS custom properties and the font is the page's, so one SVG serves
 * light, dark and print.
 */
import * as vega from 'vega';
import * as vegaLite from 'vega-lite';
import { joinMarks } from './join.js';

interface Padding {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/**
 * A unit or layered specification without its frame; widths and heights in CSS pixels at natural
 * size.
 */
export interface ChartSpec {
  readonly width: number;
  readonly height: number;
  readonly padding: Padding;
  readonly layer: readonly object[];
}

interface TextAlternative {
  /** Unique on the page. */
  readonly id: string;
  /** What it is, in a few words: the accessible name. */
  readonly label: string;
  /** What it shows, number by number: the accessible description. */
  readonly description: string;
}

const AXIS = {
  domainColor: 'var(--axis)',
  tickColor: 'var(--axis)',
  gridColor: 'var(--grid)',
  labelColor: 'var(--muted)',
  titleColor: 'var(--muted)',
  labelFontSize: 12,
  titleFontSize: 12,
  titleFontWeight: 'normal',
  labelLimit: 0,
  titleLimit: 0,
  labelPadding: 6,
  titlePadding: 10,
  tickSize: 5,
} as const;

const CONFIG = {
  font: 'inherit',
  view: { stroke: null },
  axis: AXIS,
  text: { fontSize: 12, limit: 0 },
} as const;

/**
 * Collects vega's complaints; a chart that draws with a warning is a bug of ours, not of the data.
 */
function strictLogger(where: string) {
  const fail = (...words: unknown[]): never => {
    throw new Error(`${where}: ${words.map(String).join(' ')}`);
  };
  const logger = {
    level: () => logger,
    error: fail,
    warn: fail,
    info: () => logger,
    debug: () => logger,
  };
  return logger;
}

const escapeXml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

/** Two decimals are a fifth of a hair; vega writes seventeen. */
function shorten(svg: string): string {
  return svg.replace(/ (transform|d|x2|y2)="([^"]*)"/g, (_all, name: string, value: string) => {
    const short = value.replace(/-?\d+\.\d+(?:e-?\d+)?/g, (n) =>
      String(Number(Number(n).toFixed(2))),
    );
    return ` ${name}="${short}"`;
  });
}

/** Before the text that a mark shows when it is pointed at: see tipChannel. */
const TIP = 'tip:';

/** The channel of a mark whose datum has a `tip`: `data-tip` in the SVG, for the page's script. */
export const tipChannel = { description: { field: 'tip', type: 'nominal' } } as const;

/** The value of a `tip` field: one line of text per item. */
export function tip(...lines: readonly string[]): string {
  return `${TIP}${lines.filter((line) => line !== '').join('\n')}`;
}

/**
 * Drops the empty frames, roles and descriptions that vega adds for its interactive renderers: a
 * chart is one image to a screen reader, described as a whole.
 */
function strip(svg: string): string {
  return shorten(svg)
    .replace(/<path class="(?:background|foreground)"[^>]*\/>/g, '')
    .replaceAll(` aria-label="${TIP}"`, '')
    .replaceAll(` aria-label="${TIP}`, ' data-tip="')
    .replace(/ (?:role|aria-[a-z]+|pointer-events)="[^"]*"/g, '')
    .replace(/ opacity="1"/g, '');
}

function frame(svg: string, alternative: TextAlternative): string {
  const match = /^<svg [^>]*viewBox="0 0 (\d+(?:\.\d+)?) (\d+(?:\.\d+)?)">(.*)<\/svg>$/s.exec(svg);
  if (match === null) throw new Error(`vega gave no SVG for ${alternative.id}`);
  const [, width, height, body] = match;
  const { id, label, description } = alternative;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" aria-label="${escapeXml(label)}" ` +
    `aria-describedby="${id}-desc" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">` +
    `<desc id="${id}-desc">${escapeXml(description)}</desc>` +
    `<g id="${id}-body">${joinMarks(strip(body as string))}</g></svg>`
  );
}

/** What a chart that was drawn is called inside, and its size, to show it once more elsewhere. */
export interface Drawn {
  readonly body: string;
  readonly width: number;
  readonly height: number;
}

/** Of an SVG made here. */
export function drawnOf(svg: string): Drawn {
  const [, width, height] = / viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? [];
  const [, body] = /<g id="([^"]+-body)">/.exec(svg) ?? [];
  if (body === undefined) throw new Error('not a chart of this folder');
  return { body, width: Number(width), height: Number(height) };
}

/** Draws one chart. Throws a plain Error when the specification makes vega complain. */
export async function renderSvg(spec: ChartSpec, alternative: TextAlternative): Promise<string> {
  const logger = strictLogger(alternative.id);
  const full = { ...spec, autosize: { type: 'none' }, background: null, config: CONFIG };
  const compiled = vegaLite.compile(full as unknown as vegaLite.TopLevelSpec, {
    logger: logger as never,
  }).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logger: logger as never });
  try {
    return frame(await view.toSVG(), alternative);
  } finally {
    view.finalize();
  }
}
