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

export interface TextAlternative {
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

const MARK = /^<(path|line) transform="translate\((-?[\d.]+),(-?[\d.]+)\)"([^>]*)\/>$/;
const NEIGHBOURS = /(?:<(?:path|line) transform="[^>]*\/>){2,}/g;
/** An outline whose every pair of numbers is a point, which moves by adding. */
const POINTS_ONLY = /^(?:[MLC](?:-?[\d.]+,-?[\d.]+,?)+|Z)+$/;
const POINT = /(-?[\d.]+),(-?[\d.]+)/g;

interface Mark {
  /** All of its attributes but where it is and its outline; null: it has to stay as it is. */
  readonly look: string | null;
  /** Its outline at its place. */
  readonly outline: string;
}

const short = (value: number): string => String(Number(value.toFixed(2)));

const attribute = (text: string, name: string): string =>
  new RegExp(` ${name}="([^"]*)"`).exec(text)?.[1] ?? '';

function outlineOf(kind: string, x: number, y: number, attributes: string): string {
  if (kind === 'line') {
    const [dx, dy] = ['x2', 'y2'].map((name) => short(Number(attribute(attributes, name))));
    return `M${short(x)},${short(y)}l${dx},${dy}`;
  }
  const d = attribute(attributes, 'd');
  if (!POINTS_ONLY.test(d)) return '';
  return d.replace(POINT, (_all, a, b) => `${short(Number(a) + x)},${short(Number(b) + y)}`);
}

function markOf(element: string): Mark {
  const [, kind = '', x, y, attributes = ''] = MARK.exec(element) ?? [];
  const outline = outlineOf(kind, Number(x), Number(y), attributes);
  // Where marks are seen through, those that overlap add up.
  const stays = outline === '' || attributes.includes(' opacity=');
  return { look: stays ? null : attributes.replace(/ (?:d|x2|y2)="[^"]*"/g, ''), outline };
}

function join(elements: readonly string[]): string {
  const marks = elements.map(markOf);
  const begins = (i: number) => marks[i]?.look === null || marks[i]?.look !== marks[i - 1]?.look;
  const starts = marks.flatMap((_, i) => (begins(i) ? [i] : []));
  return starts
    .map((start, s) => {
      const alike = marks.slice(start, starts[s + 1]);
      if (alike.length === 1) return elements[start];
      return `<path d="${alike.map(({ outline }) => outline).join('')}"${marks[start]?.look}/>`;
    })
    .join('');
}

/**
 * The same picture, with neighbouring marks that look alike and say nothing when they are pointed
 * at as one path: a page with fewer elements opens sooner. What is painted over what stays so.
 */
export function joinMarks(svg: string): string {
  return svg.replace(NEIGHBOURS, (all) => join(all.match(/<[^>]*>/g) ?? []));
}
