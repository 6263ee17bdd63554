/**
 * The native tests: builds the programs of native/test and turns each line that one prints into a
 * test. `ok`, `not ok …: why` and `skip …: why` are the words of check.hpp.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
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

async function run(command: string, args: readonly string[], timeout: number) {
  const options = { cwd: HERE, timeout, reject: false, stdin: 'ignore' } as const;
  const result = await execa(command, args, options);
  const { stdout, stderr } = result;
  // Also what could not be started, was killed, or took too long.
  const trouble = result.failed ? result.shortMessage : '';
  return { status: result.exitCode ?? null, stdout, output: `${trouble}\n${stdout}\n${stderr}` };
}

/** The options' names, out of the table that the runtime is compiled with. */
function tunings(): string[] {
  const table = readFileSync(path.join(ROOT, 'native/gonet/tuned/tuning.hpp'), 'utf8');
  return [...table.matchAll(/^ {2}X\(\w+, "([\w-]+)"/gm)].map(([, name]) => name ?? '');
}

interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Many wait most of the time. */
const AT_ONCE = 2;

/** Runs all programs, then defines their tests. */
async function suites(programs: readonly Program[]): Promise<void> {
  const runs = new Map<Program, Awaited<ReturnType<typeof run>>>();
  const waiting = programs.values();
  const some = async () => {
    for (const program of waiting) {
      runs.set(program, await run(program.command, program.args, RUN_LIMIT_MS));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, some));
  for (const program of programs) {
    const ran = runs.get(program);
    if (ran === undefined) throw new Error(`${program.name} has not run`);
    suite(program.name, ran);
  }
}

function suite(name: string, { status, stdout, output }: Awaited<ReturnType<typeof run>>): void {
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

/** What is about AddressSanitizer itself. CI has a step that builds and runs it with all the others. */
const ADDRESS = process.env.IOMODELS_CI === undefined ? ['test-address/address/held'] : [];

const built = await run('make', ['-s', '-j2'], BUILD_LIMIT_MS);
const forAddress = ['-s', '-j2', 'SANITIZER=address', ...ADDRESS.map((name) => `${BUILD}/${name}`)];
const builtForAddress = ADDRESS.length > 0 ? await run('make', forAddress, BUILD_LIMIT_MS) : null;

test('the native tests compile', () => {
  expect(built.status, built.output).toBe(0);
  expect(builtForAddress?.status ?? 0, builtForAddress?.output).toBe(0);
});

function programs(): Program[] {
  const inArea = (area: string) =>
    readdirSync(path.join(HERE, area))
      .filter((name) => name.endsWith('.cc'))
      .map((source) => `${area}/${path.basename(source, '.cc')}`);
  const plain = ['core', 'gonet', 'loadgen', 'tuned'].flatMap(inArea).map((name) => ({
    name,
    command: path.join(OUT, name),
    args: ARGUMENTS,
  }));
  const saturation = path.join(OUT, 'tuned/saturation');
  const tuned = [...tunings(), 'none', 'all'].flatMap((tuning) => {
    const isDeep = tuning === 'all' || tuning === 'small-descriptors';
    const names = isDeep ? ['stress_wake', 'close', 'deadline'] : ['stress_wake'];
    return names.map((name) => ({
      name: `tuned/${name} tune=${tuning}`,
      command: path.join(OUT, 'tuned', name),
      args: [...TUNED_ARGUMENTS, `tune=${tuning}`],
    }));
  });
  const model = path.join(ROOT, 'native/gonet/model/check.sh');
  return [
    ...plain,
    ...tuned,
    { name: 'tuned/saturation', command: saturation, args: ARGUMENTS },
    { name: 'gonet/model', command: model, args: [] },
  ];
}

if (builtForAddress?.status === 0) {
  const command = (name: string) => path.join(HERE, BUILD, name);
  await suites(ADDRESS.map((name) => ({ name, command: command(name), args: [] })));
}

if (built.status === 0) {
  await suites(programs());
  test('the table of options has the form that this file reads', () => {
    expect(tunings().length).toBeGreaterThan(5);
  });
}
