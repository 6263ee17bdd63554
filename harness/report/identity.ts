/**
 * One colour, one shape and one dash per subject, the same in every chart, legend and table of a
 * report.
 *
 * Colours are CSS custom properties (defined in style.ts for light and dark), so the same SVG is
 * readable in both. They are the Okabe-Ito set, which colour-blind readers can distinguish; shape
 * and dash distinguish subjects without colour. The reference is drawn in the ink colour and its
 * A/A twin in grey: both are yardsticks, not contenders.
 */
import type { Subject } from '../results/schema.js';

export interface Identity {
  /** A CSS colour: `var(--c1)`. */
  readonly colour: string;
  /** An SVG path inside the square from -1 to 1, drawn the same by Vega and by the legend. */
  readonly shape: string;
  /** SVG stroke-dasharray; empty for a solid line. */
  readonly dash: readonly number[];
}

const CONTENDER_COLOURS = 5;

/** Circle, and the twin's ring-like hexagon, are kept for the reference and its twin. */
const CIRCLE = 'M0,-0.95A0.95,0.95 0 1 1 0,0.95A0.95,0.95 0 1 1 0,-0.95Z';
const HEXAGON = 'M-0.5,-0.9L0.5,-0.9L1,0L0.5,0.9L-0.5,0.9L-1,0Z';

/** For marks that belong to no subject. */
export const NEUTRAL: Identity = { colour: 'var(--muted)', shape: CIRCLE, dash: [] };

const SHAPES = [
  'M-0.82,-0.82L0.82,-0.82L0.82,0.82L-0.82,0.82Z',
  'M0,-1L1,0.8L-1,0.8Z',
  'M0,-1.1L1.1,0L0,1.1L-1.1,0Z',
  'M-0.36,-1L0.36,-1L0.36,-0.36L1,-0.36L1,0.36L0.36,0.36L0.36,1L-0.36,1L-0.36,0.36L-1,0.36L-1,-0.36L-0.36,-0.36Z',
  'M0,1L1,-0.8L-1,-0.8Z',
  'M-0.8,-1L0.9,0L-0.8,1Z',
] as const;

const DASHES = [
  [7, 3],
  [2, 2],
  [9, 3, 2, 3],
  [5, 2, 1, 2, 1, 2],
  [12, 4],
  [4, 4],
  [1, 3],
] as const;

function contender(position: number): Identity {
  return {
    colour: `var(--c${1 + (position % CONTENDER_COLOURS)})`,
    shape: SHAPES[position % SHAPES.length] as string,
    dash: DASHES[position % DASHES.length] as readonly number[],
  };
}

/**
 * Assigns identities in the order of the subjects; 5 colours, 6 shapes and 7 dashes repeat together
 * after 210.
 */
export function identities(
  subjects: readonly Subject[],
  reference: string,
): ReadonlyMap<string, Identity> {
  let next = 0;
  const assign = (subject: Subject): Identity => {
    if (subject.id === reference) return { colour: 'var(--c0)', shape: CIRCLE, dash: [] };
    if (subject.aaOf === reference) return { colour: 'var(--caa)', shape: HEXAGON, dash: [2, 4] };
    return contender(next++);
  };
  return new Map(subjects.map((subject) => [subject.id, assign(subject)]));
}
