import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ANALYSIS_FOLDER } from './analysis.mjs';
import { clangTidy } from './clang-tidy.mjs';
import { pretend, type Scratch, scratch, script } from './testing.js';
import { which } from './tool.mjs';

const program = which('clang-tidy', process.env);

let home: Scratch;
const files = ['native/core/one.cc', 'native/core/two.cc'] as const;
const at = (file: string) => path.join(home.folder, file);
const database = () =>
  files.map((file) => ({
    directory: home.folder,
    command: `c++ -std=c++20 -c ${at(file)}`,
    file: at(file),
  }));

beforeEach(() => {
  home = scratch();
  home.write('.clang-tidy', readFileSync('.clang-tidy', 'utf8'));
  home.write(
    'native/core/one.cc',
    'namespace {\nint size() { return 1; }\n}\nint one() { return size(); }\n',
  );
  home.write('native/core/two.cc', 'int two() { return 2; }\n');
  home.write(`${ANALYSIS_FOLDER}/compile_commands.json`, JSON.stringify(database()));
  // What was looked at, one line per process.
  script(home, 'bin/clang-tidy', `echo "$@" >> ${at('looks')}\nexec ${program} "$@"`);
});
afterEach(() => home.remove());

const look = () => {
  const env = { ...process.env, PATH: `${at('bin')}:${process.env.PATH}` };
  return clangTidy(pretend(home.folder, { env }), files);
};
const looks = () => readFileSync(at('looks'), 'utf8').trim().split('\n');

describe.skipIf(program === null)('clang-tidy (needs clang-tidy)', { timeout: 60_000 }, () => {
  it('looks at the files of a folder as one, and at nothing more where it finds nothing', async () => {
    expect(await look()).toEqual({ status: 0, output: '' });
    expect(looks()).toEqual([expect.stringContaining('build/tidy/native_core.cc')]);
  });

  it('looks at them one by one where it objects, and says what it finds there', async () => {
    home.write('native/core/two.cc', 'int* two() { return 0; }\n');
    const { status, output } = await look();
    expect(status).toBe(1);
    expect(output.match(/modernize-use-nullptr/g)).toHaveLength(1);
    expect(output).toContain(`${at('native/core/two.cc')}:1:`);
    expect(looks()).toHaveLength(3);
  });

  it('finds nothing in two files that use one name, each for its own', async () => {
    home.write(
      'native/core/two.cc',
      'namespace {\nint size() { return 2; }\n}\nint two() { return size(); }\n',
    );
    expect(await look()).toEqual({ status: 0, output: '' });
    expect(looks()).toHaveLength(3);
  });

  it.each([
    ['misc-unused-using-decls', 'namespace a {\nint f();\n}\nusing a::f;\n'],
    ['misc-unused-alias-decls', 'namespace a {\nint f();\n}\nnamespace b = a;\n'],
    ['bugprone-suspicious-include', '#include "one.cc"\n'],
  ])('looks by itself at a file that has something for %s', async (check, text) => {
    home.write('native/core/two.cc', text);
    const { status, output } = await look();
    expect([status, output]).toEqual([1, expect.stringContaining(check)]);
  });

  it('looks at each file by itself where nobody has said how they are compiled', async () => {
    rmSync(at(ANALYSIS_FOLDER), { recursive: true });
    home.write('native/core/two.cc', 'int* two() { return 0; }\n');
    await look();
    expect(looks()).toHaveLength(2);
  });
});
