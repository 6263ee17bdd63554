/** The sources that variants name are there, and are counted by rules that hold for all of them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../errors.js';
import { given } from '../optional.js';
import { discoverVariants } from '../plan/discover.js';
import type { Variant } from '../plan/variant.js';
import { repositoryRoot } from '../root.js';
import { fixtureVariant } from '../run/testing.js';
import { sourcesOf } from './sources.js';

const root = repositoryRoot();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'iomodels-sources-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The plain part of a variant with one file. */
async function plainOf(name: string, text: string, names?: string[]) {
  await writeFile(path.join(folder, name), text);
  const wanted = { path: name, ...given({ names }) };
  const variant: Variant = { ...fixtureVariant('x'), folder, sources: { plain: [wanted] } };
  const [plain] = await sourcesOf(variant, root);
  return plain ?? expect.fail('no part');
}

const CPP = `#include <map>

// A loop.
// Of two lines.
template <class Conn>
void process(Conn& conn) {
  // nothing on this line
  for (;;) {
    if (conn.a()) {
      return;
    } else if (conn.b()) {
      while (conn.c()) { }
    }
  }
}

int other() { return 1; }

class Connection final : public Handler {
 public:
  void on_events(int events) override;
  void later() {
    call_after([this] { on_timer(); });
    auto kept = [] { return 1; };
  }

 private:
  enum class State { reading, writing, closed };
  enum class Step { done, blocked };
  Reactor& reactor_;
  const int fd_;
  State state_ = State::reading;
  std::unique_ptr<int> input_;
  int read(char* data);
  int *next_, last_;
};

Connection* Connection::next() { return next_; }
`;

describe('C++', () => {
  test('a definition is cut out with the comments above it', async () => {
    const { files, counts } = await plainOf('a.cc', CPP, ['process']);
    expect(files).toEqual([
      { path: expect.stringMatching(/a\.cc$/), firstLine: 3, text: lines(CPP, 3, 15) },
    ]);
    expect(counts).toEqual({
      code_lines: 10,
      functions: 1,
      states: 0,
      fields_across_waits: 0,
      nesting_max: 3,
      reentries: 0,
    });
  });

  test('states, fields that change, and where control comes back', async () => {
    const { counts } = await plainOf('a.cc', CPP, ['Connection']);
    expect(counts).toMatchObject({
      functions: 1,
      states: 3,
      fields_across_waits: 3,
      reentries: 2,
      nesting_max: 0,
    });
  });

  test('neighbours are one excerpt, others are apart', async () => {
    const { files } = await plainOf('a.cc', CPP, ['other', 'process', 'Connection::next']);
    expect(files.map(({ firstLine }) => firstLine)).toEqual([3, 38]);
    expect(files[0]?.text).toBe(lines(CPP, 3, 17));
  });

  test('a whole file', async () => {
    const { files, counts } = await plainOf('a.cc', CPP);
    expect(files).toEqual([expect.objectContaining({ firstLine: 1, text: CPP })]);
    expect(counts.functions).toBe(4);
  });
});

function lines(text: string, first: number, last: number): string {
  return `${text
    .split('\n')
    .slice(first - 1, last)
    .join('\n')}\n`;
}

const GO = `package main

// conn is one.
type conn struct {
	net.Conn
	used, left int
}

func (c *conn) flush() error {
	if c.used == 0 {
		return nil
	} else if c.left == 0 {
		return nil
	}
	time.AfterFunc(1, func() { c.flush() })
	go func() { c.flush() }()
	return nil
}
`;

test('Go', async () => {
  const { files, counts } = await plainOf('a.go', GO, ['conn', 'flush']);
  expect(files).toHaveLength(1);
  expect(counts).toEqual({
    code_lines: 14,
    functions: 1,
    fields_across_waits: 3,
    nesting_max: 1,
    reentries: 1,
  });
});

test('JavaScript and Rust are counted as far as they have the notions', async () => {
  const js = 'function f() {\n  if (x) {\n    on(() => 1);\n  }\n}\n';
  expect((await plainOf('a.mjs', js)).counts).toEqual({
    code_lines: 5,
    functions: 1,
    reentries: 1,
    nesting_max: 1,
  });
  const rust = '/// Doc.\nfn f() {\n    loop {\n        on(|x| x);\n    }\n}\n';
  expect((await plainOf('a.rs', rust)).counts).toEqual({
    code_lines: 5,
    functions: 1,
    reentries: 1,
    nesting_max: 1,
  });
});

describe('what is not there', () => {
  const missing = async (text: string, names: string[]) => {
    const error: unknown = await plainOf('b.cc', text, names).catch((e: unknown) => e);
    if (!(error instanceof UserError)) throw error;
    return error.message;
  };

  test('a name, or a type that is only declared', async () => {
    expect(await missing('class A;\nint f();\n', ['A'])).toBe('sources of x: b.cc defines no A');
  });

  test('a file, or a language without a grammar', async () => {
    await expect(plainOf('a.zig', 'x')).rejects.toThrow('a language that is not counted');
    const variant = { ...fixtureVariant('x'), sources: { plain: [{ path: 'no.cc' }] } };
    await expect(sourcesOf(variant, root)).rejects.toThrow(/^sources of x: ENOENT/);
  });
});

describe('the variants here', () => {
  test('thread and coroutine servers run the same lines; the callback server has states', async () => {
    const variants = await discoverVariants([path.join(root, 'servers')]);
    const named = variants.filter(({ sources }) => sources !== undefined);
    expect(named.length).toBeGreaterThanOrEqual(4);
    const all = (await Promise.all(named.map((variant) => sourcesOf(variant, root)))).flat();
    const of = (variant: string, part: string) =>
      all.find((one) => one.variant === variant && one.part === part) ?? expect.fail(variant);
    const shared = (variant: string) =>
      of(variant, 'plain').files.filter(({ path: file }) => file === 'native/core/process.hpp');
    expect(shared('thread-per-connection').length).toBeGreaterThan(0);
    expect(shared('coroutine-epoll')).toEqual(shared('thread-per-connection'));
    expect(of('callback-epoll', 'plain').counts.states).toBe(6);
    expect(of('callback-epoll', 'relay').counts.states).toBe(5);
    expect(of('coroutine-epoll', 'plain').counts.states).toBe(0);
    for (const { counts, variant } of all) expect(counts.code_lines, variant).toBeGreaterThan(5);
  });
});
