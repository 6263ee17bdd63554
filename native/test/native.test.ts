/**
 * The native tests: builds the programs of native/test and turns each line that one prints into a
 * test. `ok`, `not ok …: why` and `skip …: why` are the words of check.hpp.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const HERE = import.meta.dirname;
const ROOT = path.resolve(HERE, '../..');
/** As its Makefile names it: make takes two names of one file for two files. */
const BUILD = '../../build';
const OUT = path.join(HERE, BUILD, 'test-none');
/** Enough to meet every race often, and a few seconds in all; more: run a program by hand. */
const ARGUMENTS = ['rounds=20000', 'coroutines=100000'];
/** With each option of gonet alone, and with all: less, because there are many. */
const TUNED_ARGUMENTS = ['rounds=2000'];
const BUILD_LIMIT_MS = 400_000;
const RUN_LIMIT_MS = 180_000;

interface Case {
  readonly verdict: 'ok' | 'not ok' | 'skip';
  readonly text: string;
}

function casesOf(output: string): Case[] {
  return output.split('\n').flatMap((line) => {
    const [, verdict, text] = /^(ok|not ok|skip) (.*)$/.exec(line) ?? [];
    return verdict && text ? [{ verdict: verdict as Case['verdict'], text }] : [];
  });
}

function run(command: string, args: readonly string[], timeout: number) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: HERE,
    encoding: 'utf8',
    timeout,
  });
  return { status, stdout, output: `${error?.message ?? ''}${stdout}${stderr}` };
}

/** The options' names, out of the table that the runtime is compiled with. */
function tunings(): string[] {
  const table = readFileSync(path.join(ROOT, 'native/gonet/tuning.hpp'), 'utf8');
  return [...table.matchAll(/^ {2}X\(\w+, "([\w-]+)"/gm)].map(([, name]) => name ?? '');
}

/** Defines the tests of one program; it has run when they start. */
function suite(name: string, command: string, args: readonly string[]): void {
  const { status, stdout, output } = run(command, args, RUN_LIMIT_MS);
  const cases = casesOf(stdout);
  describe(name, () => {
    test('ran to its end', () => {
      expect(cases, output).not.toEqual([]);
      expect([0, 1], output).toContain(status);
    });
    for (const { verdict, text } of cases) {
      if (verdict === 'skip') {
        console.warn(`SKIPPED ${name}: ${text}`);
        test.skip(`SKIPPED ${text}`, () => {});
      } else {
        test(text, () => expect(verdict, output).toBe('ok'));
      }
    }
  });
}

/** Those that are about AddressSanitizer itself. */
const ADDRESS = 'test-address/address/held';

const built = run('make', ['-s', '-j2'], BUILD_LIMIT_MS);
const builtForAddress = run(
  'make',
  ['-s', '-j2', 'SANITIZER=address', `${BUILD}/${ADDRESS}`],
  BUILD_LIMIT_MS,
);

test('the native tests compile', () => {
  expect(built.status, built.output).toBe(0);
  expect(builtForAddress.status, builtForAddress.output).toBe(0);
});

if (builtForAddress.status === 0) suite('address/held', path.join(HERE, BUILD, ADDRESS), []);

if (built.status === 0) {
  for (const area of ['core', 'gonet']) {
    const sources = readdirSync(path.join(HERE, area)).filter((name) => name.endsWith('.cc'));
    for (const source of sources) {
      const name = `${area}/${path.basename(source, '.cc')}`;
      suite(name, path.join(OUT, name), ARGUMENTS);
    }
  }
  test('the table of options has the form that this file reads', () => {
    expect(tunings().length).toBeGreaterThan(5);
  });
  for (const tuning of [...tunings(), 'all']) {
    const isDeep = tuning === 'all' || tuning === 'own-poller' || tuning === 'small-descriptors';
    for (const name of isDeep ? ['stress_wake', 'close', 'deadline'] : ['stress_wake']) {
      const args = [...TUNED_ARGUMENTS, `tune=${tuning}`];
      suite(`gonet/${name} tune=${tuning}`, path.join(OUT, 'gonet', name), args);
    }
  }
  suite('gonet/model', path.join(ROOT, 'native/gonet/model/check.sh'), []);
}
