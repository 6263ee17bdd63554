/**
 * Neighbouring marks of an SVG that look the same and have no tip, as one path: a page with fewer
 * elements opens sooner.
 */

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

/** The same picture. What is painted over what stays so. */
export function joinMarks(svg: string): string {
  return svg.replace(NEIGHBOURS, (all) => join(all.match(/<[^>]*>/g) ?? []));
}
