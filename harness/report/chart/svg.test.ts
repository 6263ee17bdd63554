import { expect, test } from 'vitest';
import { joinMarks } from './svg.js';

const DIAMOND = 'M0,-1.5L1.5,0L0,1.5L-1.5,0Z';
const path = (x: number, y: number, d = DIAMOND, rest = ' fill="red"') =>
  `<path transform="translate(${x},${y})" d="${d}"${rest}/>`;
const line = (x: number, y: number, dy: number, rest = ' stroke="red"') =>
  `<line transform="translate(${x},${y})" x2="0" y2="${dy}"${rest}/>`;

test('paths that look alike are one, each where it was', () => {
  expect(joinMarks(`<g>${path(10, 20)}${path(30.25, -4)}</g>`)).toBe(
    '<g><path d="M10,18.5L11.5,20L10,21.5L8.5,20ZM30.25,-5.5L31.75,-4L30.25,-2.5L28.75,-4Z" fill="red"/></g>',
  );
});

test('so are curves and lines', () => {
  const curve = 'M0,-1C0.5,-1,1,-0.5,1,0Z';
  expect(joinMarks(path(1, 1, curve) + path(2, 2, curve))).toBe(
    '<path d="M1,0C1.5,0,2,0.5,2,1ZM2,1C2.5,1,3,1.5,3,2Z" fill="red"/>',
  );
  expect(joinMarks(line(1, 2, 3) + line(4, 5, -6.5))).toBe(
    '<path d="M1,2l0,3M4,5l0,-6.5" stroke="red"/>',
  );
});

test.each([
  ['that look different', path(1, 1) + path(2, 2, DIAMOND, ' fill="blue"')],
  ['with others between them', `${path(1, 1)}<text>1</text>${path(2, 2)}`],
  ['with others over them', path(1, 1) + path(1, 1, DIAMOND, ' fill="blue"') + path(1, 1)],
  ['that are seen through', line(1, 1, 2, ' opacity="0.5"') + line(1, 1, 2, ' opacity="0.5"')],
  ['that say something', `<path data-tip="a" transform="translate(1,1)" d="M0,0"/>`.repeat(2)],
  ['with arcs', path(1, 1, 'M0,-1A1,1 0 1 1 0,1Z') + path(2, 2, 'M0,-1A1,1 0 1 1 0,1Z')],
  ['that are scaled', '<path transform="translate(1,1) scale(2)" d="M0,0L1,1"/>'.repeat(2)],
])('marks %s stay as they are', (_why, svg) => {
  expect(joinMarks(svg)).toBe(svg);
});

test('the neighbours of one that stays are joined', () => {
  const odd = path(5, 5, DIAMOND, ' fill="blue"');
  expect(joinMarks(line(1, 1, 1) + line(2, 2, 2) + odd + line(3, 3, 3))).toBe(
    `<path d="M1,1l0,1M2,2l0,2" stroke="red"/>${odd}${line(3, 3, 3)}`,
  );
});
