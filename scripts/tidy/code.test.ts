import { describe, expect, it } from 'vitest';
import {
  codeOnly,
  columnsWithoutStrings,
  commentsOnly,
  functions,
  imports,
  includes,
} from './code.js';

describe('codeOnly', () => {
  it.each([
    ['a; // b', 'a;     '],
    ['a /* b\nc */ d', 'a     \n     d'],
    ["'a // b' // c", "'a // b'     "],
    ['"a\\" // b" c', '"a\\" // b" c'],
    ["<p>don’t, can't</p> // x", "<p>don’t, can't</p>     "],
    ["1'000 // x", "1'000     "],
    ['/\\/\\// + 1', '/\\/\\// + 1'],
  ])('of %j', (text, expected) => {
    expect(codeOnly(text)).toBe(expected);
  });

  it('blanks the inside of strings if asked', () => {
    expect(codeOnly('f("a(b", `c\n{d`)', { strings: 'blank' })).toBe('f("   ", ` \n  `)');
  });
});

describe('commentsOnly', () => {
  it('keeps line and block comments where they are, and nothing else', () => {
    expect(commentsOnly("a = '// b'; // c\n/* d\ne */ f")).toBe('            // c\n/* d\ne */  ');
  });
});

describe('columnsWithoutStrings', () => {
  it('counts code and comments, and characters once', () => {
    expect(columnsWithoutStrings("f('abc'); // →\n`x\nyz`;")).toEqual([11, 1, 2]);
  });
});

describe('imports', () => {
  it('finds all forms, and none in comments', () => {
    const text = `import a from 'a';\nimport type { b } from "b";\nexport * from 'c';
      await import('d');\nimport 'e';\nrequire('f'); // import 'g'`;
    expect(imports(text).map(({ target, line }) => `${target}${line}`)).toEqual([
      'a1',
      'b2',
      'c3',
      'd4',
      'e5',
      'f6',
    ]);
  });
});

describe('includes', () => {
  it('tells angles from quotes', () => {
    expect(includes('#include <a.h>\n  # include "b.hpp" // #include <c>\n')).toEqual([
      { line: 1, target: 'a.h', isAngled: true },
      { line: 2, target: 'b.hpp', isAngled: false },
    ]);
  });
});

describe('functions', () => {
  const found = (text: string) => functions(text).map(({ line, length }) => [line, length]);

  it.each([
    ['a function', 'function f() {\n  x();\n}\n', [[1, 3]]],
    ['a header of several lines', 'export function f(\n  a: A,\n): B {\n  x();\n}\n', [[1, 5]]],
    ['an arrow in a call', "it('x', async () => {\n  x();\n});\n", [[1, 3]]],
    ['a method', 'class A {\n  private async f(): Promise<B> {\n    x();\n  }\n}\n', [[2, 3]]],
    [
      'one in another',
      'function f() {\n  g(() => {\n    x();\n  });\n}\n',
      [
        [1, 5],
        [2, 3],
      ],
    ],
    ['control flow', 'if (a) {\n  x();\n} else if (b) {\n  y();\n}\nfor (;;) {\n  z();\n}\n', []],
    ['an object', 'export const a: Record<string, (x: number) => void> = {\n  b: 1,\n};\n', []],
    [
      'a C++ function',
      'static int f(int a,\n             int b) noexcept {\n  x();\n}\n',
      [[1, 4]],
    ],
    ['a constructor', 'A::A(int a)\n    : a_(a),\n      b_(a) {\n  x();\n}\n', [[1, 5]]],
    ['a lambda', '  const auto f = [&](int x) {\n    y();\n  };\n', [[1, 3]]],
    ['a class', 'class A final : public B {\n  int a;\n};\nenum class C {\n  d,\n};\n', []],
    ['a Go method', 'func (c *conn) f(a int) (int, error) {\n\tx()\n}\n', [[1, 3]]],
  ])('%s', (_, text, expected) => {
    expect(found(text)).toEqual(expected);
  });
});
