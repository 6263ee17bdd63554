/** Who may know whom: the rules under "Folders" in docs/ARCHITECTURE.md. */
import { codeOnly, type Import, imports, includes } from './code.js';
import { eachLine, file, type Rule, type Tree, type Violation } from './rule.js';

const isCpp = (path: string) => /\.(cc|hpp|h|c)$/.test(path);
const isScript = (path: string) => /\.(ts|tsx|mjs)$/.test(path);
export const isTest = (path: string) =>
  /\.test\.tsx?$/.test(path) || /(^|\/)(testing[^/]*\.tsx?|(testing|fixtures)\/.*)$/.test(path);
const inFolder = (path: string, folders: readonly string[]) =>
  folders.some((folder) => path.startsWith(`${folder}/`));

const LIBC = `aio arpa/\\w+ assert ctype dirent errno fcntl getopt inttypes limits linux/\\w+ malloc
  math net/\\w+ netdb netinet/\\w+ poll pthread sched setjmp signal spawn stdarg stddef stdint stdio
  stdlib string sys/\\w+ syscall time ucontext unistd`;
const C_HEADER = new RegExp(`^(${LIBC.trim().split(/\s+/).join('|')})\\.h$`);
const CXX_HEADER = /^[a-z_]+$/;
/** What a model may need of libc without touching a socket, and what an io_uring is made of. */
const MODEL_HEADER = new RegExp(
  `^(${'errno|limits|pthread|sched|signal|stdint|string|time|linux/io_uring|sys/mman|sys/syscall|unistd'})\\.h$`,
);

/** A violation for every import that `judge` objects to. */
function eachImport(
  tree: Tree,
  wanted: (path: string) => boolean,
  read: (text: string) => Import[],
  judge: (found: Import, path: string) => string | null,
): Violation[] {
  return tree
    .filter(({ path }) => wanted(path))
    .flatMap(({ path, text }) =>
      read(text).flatMap((found) => {
        const what = judge(found, path);
        return what === null ? [] : [{ path, line: found.line, what }];
      }),
    );
}

const coreIncludes: Rule = {
  name: 'native/core includes libc, the C++ library and itself only',
  check: (tree) =>
    eachImport(
      tree,
      (path) => isCpp(path) && inFolder(path, ['native/core']),
      includes,
      ({ target, isAngled }) => {
        if (isAngled) {
          const isKnown = CXX_HEADER.test(target) || C_HEADER.test(target);
          return isKnown ? null : `includes <${target}>, which is not of libc or C++`;
        }
        const own = target.startsWith('core/') || !target.includes('/');
        return own ? null : `includes "${target}", which is not the core's`;
      },
    ),
  bad: [
    [file('native/core/a.cc', '#include <uv.h>\n')],
    [file('native/core/a.cc', '#include "gonet/net.hpp"\n')],
  ],
  good: [
    [file('native/core/a.cc', '#include <sys/epoll.h>\n#include <span>\n#include "sys.hpp"\n')],
    [file('native/gonet/a.cc', '#include "core/sys.hpp"\n')],
  ],
};

const modelIncludes: Rule = {
  name: 'servers/* include native/core, native/gonet and their own files only',
  check: (tree) =>
    eachImport(
      tree,
      (path) => isCpp(path) && inFolder(path, ['servers']),
      includes,
      ({ target, isAngled }, path) => {
        if (isAngled) {
          const isKnown = CXX_HEADER.test(target) || MODEL_HEADER.test(target);
          return isKnown ? null : `includes <${target}>: sockets belong to native/core`;
        }
        if (/^(core|gonet|gonet\/tuned)\/[\w-]+\.hpp$/.test(target)) return null;
        const own = `${path.slice(0, path.lastIndexOf('/'))}/${target}`;
        const isOwn = tree.some((other) => other.path === own);
        return isOwn ? null : `includes "${target}", which is not of core, gonet or its folder`;
      },
    ),
  bad: [
    [file('servers/x/model.cc', '#include <sys/socket.h>\n')],
    [file('servers/x/model.cc', '#include "../y/reactor.hpp"\n')],
    [
      file('servers/x/model.cc', '#include "reactor.hpp"\n'),
      file('servers/y/reactor.hpp', '#include <map>\n'),
    ],
  ],
  good: [
    [
      file('servers/x/model.cc', '#include "reactor.hpp"\n#include "gonet/tuned/tuning.hpp"\n'),
      file('servers/x/reactor.hpp', '#include <memory>\n#include <pthread.h>\n'),
    ],
  ],
};

const SOCKET_CALLS = `accept accept4 bind close connect dup dup2 epoll_create epoll_create1 epoll_ctl
  epoll_pwait epoll_wait fcntl getsockopt ioctl listen poll ppoll pread pwrite read readv recv recvfrom
  recvmsg select send sendfile sendmsg sendto setsockopt shutdown socket splice syscall write writev`;
/** A ring is an I/O model of its own: its three calls are no socket's, and no one else needs them. */
const RING_CALL = /\bsyscall\(SYS_io_uring_\w+/g;
/**
 * Called as a global function: `::read(` or `read(`, not `sys::read(`, `conn.read(` or a
 * declaration.
 */
const RAW_CALL = new RegExp(
  `(?:(?<![\\w>)])::|(?<![\\w:.>~&*]\\s*)\\b|\\breturn\\s+)(${SOCKET_CALLS.split(/\s+/).join('|')})\\s*\\(`,
);

const rawSockets: Rule = {
  name: 'servers/*/*.cc make no socket call of their own',
  check: (tree) =>
    eachLine(
      tree.map(({ path, text }) => ({ path, text: codeOnly(text, { strings: 'blank' }) })),
      (path) => isCpp(path) && inFolder(path, ['servers']),
      (line) => {
        const call = RAW_CALL.exec(line.replaceAll(RING_CALL, ''))?.[1];
        return call === undefined ? null : `calls ${call}(): ask native/core for it`;
      },
    ),
  bad: [
    [file('servers/x/model.cc', '  const int n = ::read(fd, buffer, size);\n')],
    [file('servers/x/model.cc', '  if (epoll_ctl(fd, EPOLL_CTL_ADD, s, &e) < 0) return;\n')],
    [file('servers/x/model.cc', '  return write(fd, buffer, size);\n')],
    [file('servers/x/model.cc', '  close(fd);\n')],
    [file('servers/x/ring.cc', '  return syscall(SYS_read, fd, buffer, size);\n')],
  ],
  good: [
    [file('servers/x/ring.cc', '  return syscall(SYS_io_uring_enter, ring, 1, 1, 0, 0, 0);\n')],
    [file('servers/x/model.cc', '  const auto n = sys::read(fd, b, s);\n  conn.write(x);\n')],
    [file('servers/x/model.hpp', '  IoResult read(char* data);  // not read(2)\n')],
    [file('servers/x/model.cc', 'IoResult Conn::read(char* data) {\n  c->close();\n')],
    [file('native/core/sys.cc', '  ::read(fd, buffer, size);\n')],
  ],
};

const napi: Rule = {
  name: 'only native/addon includes napi.h',
  check: (tree) =>
    eachImport(
      tree,
      (path) => isCpp(path) && !inFolder(path, ['native/addon']),
      includes,
      ({ target }) => (/(^|\/)(napi|node_api)\.h$/.test(target) ? `includes ${target}` : null),
    ),
  bad: [[file('native/loadgen/a.cc', '#include <napi.h>\n')]],
  good: [[file('native/addon/a.cc', '#include <napi.h>\n')]],
};

const PURE = ['stats', 'findings', 'claims', 'gate', 'report'].map((name) => `harness/${name}`);
/** What the gate measures, in place of what it decides. */
const LANES = 'harness/gate/lanes/';
/** `harness/run/block.ts` -> `run`; the lanes of the gate are a folder of their own. */
const folderOf = (path: string): string =>
  path.startsWith(LANES) ? 'gate/lanes' : (path.split('/')[1] ?? '').replace(/\.ts$/, '');
const IMPURE_MODULE =
  /^((node:)?(fs|child_process|net|http|https|dgram|worker_threads)(\/.*)?|execa)$/;

const purity: Rule = {
  name: 'stats, findings, claims, gate but its lanes, and report touch no file, process or network',
  check: (tree) =>
    eachImport(
      tree,
      (path) => isScript(path) && inFolder(path, PURE) && !path.startsWith(LANES) && !isTest(path),
      imports,
      ({ target }) => (IMPURE_MODULE.test(target) ? `imports ${target}` : null),
    ),
  bad: [
    [file('harness/stats/a.ts', "import { readFileSync } from 'node:fs';\n")],
    [file('harness/report/a.tsx', "const fs = await import('fs/promises');\n")],
  ],
  good: [
    [file('harness/stats/a.ts', "import path from 'node:path';\n// from 'node:fs'\n")],
    [file('harness/stats/a.test.ts', "import { readFileSync } from 'node:fs';\n")],
    [file('harness/run/a.ts', "import { readFileSync } from 'node:fs';\n")],
    [file('harness/gate/lanes/a.ts', "import { readFileSync } from 'node:fs';\n")],
  ],
};

const processes: Rule = {
  name: 'only harness/server and harness/run start processes',
  exempt: [
    {
      path: 'harness/load/autocannon.ts',
      because:
        'autocannon is a load client of its own process, so that our event loop is not its limit',
    },
    {
      path: 'harness/load/wrk.ts',
      because: 'wrk is a program, and its load client is what starts, pins and ends it',
    },
    {
      path: 'harness/scaffold/templates/node/my-server/server.mjs',
      because: 'it is a server, no part of the harness: it pins itself with taskset',
    },
  ],
  check: (tree) =>
    eachImport(
      tree,
      (path) => isScript(path) && /^harness\/(?!(run|server)\/)/.test(path) && !isTest(path),
      imports,
      ({ target }) =>
        /^((node:)?(child_process|cluster)|execa)$/.test(target) ? `imports ${target}` : null,
    ),
  bad: [
    [file('harness/cli/a.ts', "import { execa } from 'execa';\n")],
    [file('harness/conformance/a.ts', "import { spawn } from 'node:child_process';\n")],
  ],
  good: [
    [file('harness/run/a.ts', "import { execa } from 'execa';\n")],
    [file('harness/server/a.ts', "import { execa } from 'execa';\n")],
  ],
};

/** Folder -> folders of the harness that it must not know, with the folders in them. */
const STRANGERS: Readonly<Record<string, readonly string[]>> = {
  errors: ['cli', 'findings', 'load', 'plan', 'probe', 'report', 'results', 'run', 'stats'],
  results: ['claims', 'cli', 'findings', 'load', 'plan', 'probe', 'report', 'run', 'stats'],
  findings: ['claims', 'cli', 'evidence', 'gate', 'load', 'plan', 'probe', 'report', 'run'],
  plan: ['claims', 'cli', 'evidence', 'gate', 'load', 'report', 'run'],
  probe: ['claims', 'cli', 'findings', 'plan', 'report', 'run', 'stats'],
  load: ['claims', 'cli', 'findings', 'plan', 'report', 'run', 'stats'],
  report: ['cli', 'load', 'probe', 'run'],
  conformance: ['cli', 'load', 'report', 'results', 'stats'],
  scaffold: ['cli', 'findings', 'load', 'probe', 'report', 'results', 'run', 'stats'],
  claims: ['cli', 'load', 'probe', 'report', 'run'],
  gate: ['cli', 'claims', 'evidence', 'gate/lanes', 'load', 'micro', 'probe', 'report', 'run'],
  'gate/lanes': ['claims', 'cli', 'evidence', 'report', 'scaffold'],
  run: ['cli', 'claims', 'conformance', 'evidence', 'gate', 'micro', 'report'],
  server: [
    ...['claims', 'cli', 'conformance', 'evidence', 'gate', 'micro', 'report', 'results', 'run'],
    ...['scaffold', 'stats'],
  ],
  evidence: ['claims', 'cli', 'conformance', 'gate', 'report'],
};

/** Folder -> all that it may know of the harness. */
const FAMILIARS: Readonly<Record<string, readonly string[]>> = {
  stats: ['results', 'stats'],
};

const mayKnow = (own: string, other: string) =>
  FAMILIARS[own]?.includes(other) ??
  !STRANGERS[own]?.some((folder) => other === folder || other.startsWith(`${folder}/`));

const strangers: Rule = {
  name: 'run, gate and report meet in results.json and nowhere else',
  check: (tree) =>
    eachImport(
      tree,
      (path) => isScript(path) && path.startsWith('harness/') && !isTest(path),
      imports,
      ({ target }, path) => {
        if (!target.startsWith('.')) return null;
        const other = folderOf(new URL(target, `file:///${path}`).pathname.slice(1));
        return mayKnow(folderOf(path), other) ? null : `imports harness/${other}`;
      },
    ),
  bad: [
    [file('harness/report/a.ts', "import { x } from '../run/x.js';\n")],
    [file('harness/run/server/a.ts', "import { x } from '../../report/x.js';\n")],
    [file('harness/server/a.ts', "import { x } from '../run/x.js';\n")],
    [file('harness/server/a.ts', "import { x } from '../conformance/x.js';\n")],
    [file('harness/gate/a.ts', "import { x } from '../run/x.js';\n")],
    [file('harness/plan/a.ts', "import type { X } from '../claims/x.js';\n")],
    [file('harness/stats/a.ts', "import { list } from '../findings/format.js';\n")],
    [file('harness/stats/a.ts', "import { given } from '../optional.js';\n")],
    [file('harness/gate/a.ts', "import { x } from './lanes/x.js';\n")],
    [file('harness/gate/lanes/a.ts', "import { x } from '../../cli/x.js';\n")],
    [file('harness/gate/lanes/a.ts', "import { x } from '../../report/gate/x.js';\n")],
    [file('harness/run/a.ts', "import { x } from '../gate/lanes/x.js';\n")],
  ],
  good: [
    [file('harness/stats/a.ts', "import { x } from './x.js';\nimport '../results/x.js';\n")],
    [file('harness/gate/lanes/a.ts', "import { x } from '../../run/x.js';\n")],
    [file('harness/gate/lanes/a.ts', "import { x } from '../timing.js';\n")],
    [file('harness/cli/a.ts', "import { x } from '../gate/lanes/x.js';\n")],
    [file('harness/report/a.ts', "import { x } from '../results/schema.js';\n")],
    [file('harness/cli/a.ts', "import { x } from '../run/x.js';\n")],
    [file('harness/run/a.ts', "import { x } from '../server/x.js';\n")],
    [file('harness/conformance/a.ts', "import { x } from '../server/x.js';\n")],
  ],
};

const testSupport: Rule = {
  name: 'only tests import test support',
  check: (tree) =>
    eachImport(
      tree,
      (path) => isScript(path) && path.startsWith('harness/') && !isTest(path),
      imports,
      ({ target }) =>
        target.startsWith('.') && isTest(target.replace(/\.js$/, '.ts'))
          ? `imports ${target}`
          : null,
    ),
  bad: [[file('harness/run/a.ts', "import { x } from '../results/testing.js';\n")]],
  good: [
    [file('harness/run/a.test.ts', "import { x } from '../results/testing.js';\n")],
    [file('harness/run/a.ts', "import { x } from './attest.js';\n")],
  ],
};

const variantNames: Rule = {
  name: 'the harness names no variant but REFERENCE_VARIANT',
  check(tree) {
    const names = tree.flatMap(
      ({ path }) => /^servers\/([^/]+)\/variant\.json$/.exec(path)?.[1] ?? [],
    );
    if (names.length === 0) return [];
    const pattern = new RegExp(`(?<![\\w-])(${names.join('|')})(?!\\w)`);
    return eachLine(
      tree.map(({ path, text }) => ({ path, text: isScript(path) ? codeOnly(text) : text })),
      (path) => isScript(path) && path.startsWith('harness/') && !isTest(path),
      (line, path) => {
        const name = pattern.exec(line)?.[1];
        const isTheOne = path.startsWith('harness/plan/') && /\bREFERENCE_VARIANT =/.test(line);
        return name === undefined || isTheOne ? null : `names the variant ${name}`;
      },
    );
  },
  bad: [
    [file('servers/go-x/variant.json', '{}'), file('harness/run/a.ts', "const a = 'go-x';\n")],
    [file('servers/go-x/variant.json', '{}'), file('harness/cli/a.ts', "f('go-x-twin');\n")],
  ],
  good: [
    [
      file('servers/go-x/variant.json', '{}'),
      file('harness/plan/a.ts', "export const REFERENCE_VARIANT = 'go-x';\n"),
      file('harness/run/a.ts', "// go-x is fast\nconst a = 'cargo-x';\n"),
      file('harness/run/a.test.ts', "const a = 'go-x';\n"),
    ],
  ],
};

export const layerRules: readonly Rule[] = [
  coreIncludes,
  modelIncludes,
  rawSockets,
  napi,
  purity,
  processes,
  strangers,
  testSupport,
  variantNames,
];
