import { expect, test } from 'vitest';
import { type GapItem, gapLines } from './gaps.js';

const all = { whats: ['CPU', 'p50'], subjects: ['a', 'b', 'c'] };

function items(subjects: string[], whats: string[], connections: number[], why: string): GapItem[] {
  return connections.flatMap((c) =>
    subjects.flatMap((subject) => whats.map((what) => ({ what, subject, connections: c, why }))),
  );
}

const where = (found: GapItem[]) => gapLines(found, all).map((line) => line.where);

test('all of it is one phrase', () => {
  expect(where(items(['a', 'b', 'c'], ['CPU', 'p50'], [1, 64], 'x'))).toEqual([
    'every server at 1 and 64 connections',
  ]);
  expect(where(items(['a'], ['CPU', 'p50'], [1], 'x'))).toEqual(['a at 1 connection']);
});

test('parts are named, and only what is missing is', () => {
  expect(where(items(['a', 'b'], ['p50'], [512], 'x'))).toEqual([
    'p50 of a and b at 512 connections',
  ]);
  const mixed = [...items(['a'], ['CPU', 'p50'], [1], 'x'), ...items(['b'], ['CPU'], [1], 'x')];
  expect(where(mixed)).toEqual(['a, CPU of b at 1 connection']);
});

test('different reasons are different lines, in the order found', () => {
  const lines = gapLines(
    [...items(['b'], ['CPU'], [1], 'y'), ...items(['a'], ['CPU'], [1], 'x')],
    all,
  );
  expect(lines.map(({ why }) => why)).toEqual(['y', 'x']);
});

test('nothing missing is nothing to say', () => {
  expect(gapLines([], all)).toEqual([]);
});
