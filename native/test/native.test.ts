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
const AT_ONCE = 3;

type Ran = Awaited<ReturnType<typeof run>>;

/** Begins the programs in their order. */
async function runAll(programs: readonly Program[]): Promise<[Program, Ran][]> {
  const all: [Program, Ran][] = [];
  const waiting = programs.entries();
  const some = async () => {
    for (const [index, program] of waiting) {
      all[index] = [program, await run(program.command, program.args, RUN_LIMIT_MS)];
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, some));
  return all;
}

function suites(all: readonly [Program, Ran][]): void {
  for (const [{ name }, ran] of all) suite(name, ran);
}

function suite(name: string, { status, stdout, output }: Ran): void {
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

const make = (...args: string[]) => run('make', ['-s', '-j2', ...args], BUILD_LIMIT_MS);

/** The longest, which waits; so it is built before the others, and runs while they are compiled. */
const IDLE = 'tuned/idle_connections';
const MODEL: Program = {
  name: 'gonet/model',
  command: path.join(ROOT, 'native/gonet/model/check.sh'),
  args: [],
};

const builtIdle = await make(`${BUILD}/test-none/${IDLE}`);
const early = runAll(builtIdle.status === 0 ? [plain(IDLE), MODEL] : [MODEL]);
const built = await make();
const forAddress = ['SANITIZER=address', ...ADDRESS.map((name) => `${BUILD}/${name}`)];
const builtForAddress = ADDRESS.length > 0 ? await make(...forAddress) : null;

test('the native tests compile', () => {
  expect(built.status, built.output).toBe(0);
  expect(builtForAddress?.status ?? 0, builtForAddress?.output).toBe(0);
});

function plain(name: string): Program {
  return { name, command: path.join(OUT, name), args: ARGUMENTS };
}

function programs(): Program[] {
  const inArea = (area: string) =>
    readdirSync(path.join(HERE, area))
      .filter((name) => name.endsWith('.cc'))
      .map((source) => `${area}/${path.basename(source, '.cc')}`);
  // What takes longest comes first.
  const named = ['gonet', 'tuned', 'core', 'loadgen'].flatMap(inArea);
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
  return [
    ...named.filter((name) => name !== IDLE).map(plain),
    ...tuned,
    { name: 'tuned/saturation', command: saturation, args: ARGUMENTS },
  ];
}

suites(await early);

if (builtForAddress?.status === 0) {
  const command = (name: string) => path.join(HERE, BUILD, name);
  suites(await runAll(ADDRESS.map((name) => ({ name, command: command(name), args: [] }))));
}

if (built.status === 0) {
  suites(await runAll(programs()));
  test('the table of options has the form that this file reads', () => {
    expect(tunings().length).toBeGreaterThan(5);
  });
}
