import { expect, it } from 'vitest';
import { hasLogic } from './tests.js';

it.each([
  ['a constant', 'export const A = 1;\n', false],
  ['a schema', 'export const a = z.strictObject({ b: z.int() });\n', false],
  ['a function type', 'export type F = (event: E) => void;\n', false],
  ['an interface', 'export interface A {\n  f(): Promise<B>;\n}\n', false],
  [
    'an empty error class',
    "export class A extends Error {\n  override readonly name = 'A';\n}\n",
    false,
  ],
  ['a function', 'export function f() {\n  return 1;\n}\n', true],
  ['an arrow', 'const f = (x: number) => x * 2;\n', true],
  ['a callback', 'list.map((x) => {\n  g(x);\n});\n', true],
])('%s', (_, text, expected) => {
  expect(hasLogic(text)).toBe(expected);
});
