/**
 * coroutine-epoll makes the same system calls as the Go server, role by role and call by call,
 * traced on this machine at the same conversation. Where docs/GO-FIDELITY.md declares a deviation,
 * DEVIATIONS has it by its name, with what each of the two does instead.
 *
 * That each of them is right is for the tests of gonet and of the protocol; this one compares.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findProgram } from '../harness/programs.js';
import { withClient } from '../harness/server/client.js';
import { OK, request } from '../harness/server/messages.js';
import { until } from '../harness/server/wait.js';
import { callsIn, TracedServer } from './testing/trace.js';
import { missingNeed, prepare, VARIANTS } from './testing/variants.js';

const OURS = 'coroutine-epoll';
const THEIRS = 'go-net';
const REQUESTS = 3;
const LIMIT_MS = 300_000;

/** Row of docs/GO-FIDELITY.md: how the calls of a role differ, in what each side makes. */
interface Deviation {
  readonly name: string;
  readonly role: string;
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
}

const ALL_EVENTS = 'EPOLLIN|EPOLLOUT|EPOLLRDHUP|EPOLLET';
const DEVIATIONS: readonly Deviation[] = [
  {
    name: '4: somaxconn is read with stdio, not through the netpoller',
    role: 'file /proc/sys/net/core/somaxconn',
    ours: ['openat(O_RDONLY|O_CLOEXEC)', 'read', 'close()'],
    theirs: [
      'openat(O_RDONLY|O_CLOEXEC)',
      'fcntl(F_GETFL)',
      'fcntl(F_SETFL, O_RDONLY|O_NONBLOCK|O_LARGEFILE)',
      `epoll_ctl(EPOLL_CTL_ADD, ${ALL_EVENTS})`,
      'read',
      'read',
      'epoll_ctl(EPOLL_CTL_DEL)',
      'close()',
    ],
  },
  {
    name: 'stop: the core shuts the listener down and leaves it to exit; Go closes it',
    role: 'listener, stopping',
    ours: ['shutdown(SHUT_RDWR)', 'accept4(SOCK_CLOEXEC|SOCK_NONBLOCK) = EINVAL'],
    theirs: ['epoll_ctl(EPOLL_CTL_DEL)', 'close()'],
  },
];

const variants = VARIANTS.filter(({ name }) => name === OURS || name === THEIRS);
const lacks = [
  ...(canTrace() ? [] : ['needs strace, and the permission to trace']),
  ...variants.flatMap((variant) => missingNeed(variant) ?? []),
];

function canTrace(): boolean {
  if (findProgram('strace') === null) return false;
  return spawnSync('strace', ['-f', '-qq', '-o', '/dev/null', 'true']).status === 0;
}

/** The calls of a server by role; those after the last connection's end have roles of their own. */
type Roles = Readonly<Record<string, readonly string[]>>;

const ACCEPTED = / = connection$/;
const AGAIN = / = EAGAIN$/;

async function converse(traced: TracedServer): Promise<void> {
  const count = (role: string, pattern: RegExp, n: number) =>
    until(
      () => (traced.of(role).filter((text) => pattern.test(text)).length >= n ? true : undefined),
      () => `${n} times ${pattern}; ${role}: ${traced.of(role).join(' ')}`,
    );
  await count('listener', AGAIN, 1);
  await withClient(traced.server.port, async (client) => {
    await count('listener', ACCEPTED, 1);
    await count('listener', AGAIN, 2);
    for (let answered = 0; answered < REQUESTS; answered += 1) {
      // So that each read that finds nothing is there: a request may not overtake it.
      await count('connection', AGAIN, answered + 1);
      await client.send(request());
      await client.expect(OK);
    }
    await count('connection', AGAIN, REQUESTS + 1);
  });
  await count('connection', /^close/, 1);
}

async function rolesOf(name: string, folder: string): Promise<Roles> {
  const variant = variants.find((found) => found.name === name);
  if (variant === undefined) throw new Error(`there is no variant ${name}`);
  const out = path.join(folder, name);
  const program = await prepare(variant, out);
  const traced = await TracedServer.start(
    program,
    ['--cpus', '0'],
    path.join(folder, `${name}.log`),
  );
  try {
    await converse(traced);
    const before = traced.of('listener').length;
    const polls = new Set(traced.of('polls'));
    traced.server.endStdin();
    await traced.server.exit();
    const { calls, unknown } = traced.trace;
    const roles: Record<string, string[]> = { unknown, polls: [...polls].sort() };
    for (const { role } of calls) roles[role] ??= traced.of(role);
    roles['listener, stopping'] = roles.listener?.splice(before) ?? [];
    return roles;
  } finally {
    await traced.server.kill();
  }
}

describe.skipIf(lacks.length > 0)(`${OURS} and ${THEIRS} under strace`, () => {
  let folder = '';
  let ours: Roles = {};
  let theirs: Roles = {};
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'iomodels-trace-'));
    ours = await rolesOf(OURS, folder);
    theirs = await rolesOf(THEIRS, folder);
  }, LIMIT_MS);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('every call of both is known, compared or judged to be noise', () => {
    expect([ours.unknown, theirs.unknown]).toEqual([[], []]);
  });

  test.each(['netpoll', 'listener', 'connection'])(
    '%s: the same calls in the same order',
    (role) => {
      expect(ours[role]?.length).toBeGreaterThan(2);
      expect(ours[role]).toEqual(theirs[role]);
    },
  );

  test('polls: the same arguments', () => {
    const forEver = 'epoll_pwait(128, -1, NULL)';
    expect(ours.polls).toContain(forEver);
    expect(theirs.polls).toContain(forEver);
    for (const text of [...(ours.polls ?? []), ...(theirs.polls ?? [])]) {
      expect(text).toMatch(/^epoll_pwait\(128, (-1|0|a limit), NULL\)$/);
    }
  });

  test.each(DEVIATIONS)('declared deviation: $name', ({ role, ...wanted }) => {
    const named = (roles: Roles) => roles[role]?.map((text) => text.replace(/^read\(.*/, 'read'));
    expect(named(ours)).toEqual(wanted.ours);
    expect(named(theirs)).toEqual(wanted.theirs);
  });

  test('nobody has a role that the other has not', () => {
    expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
  });
});

if (lacks.length > 0) {
  const why = `SKIPPED the trace of ${OURS} against ${THEIRS}: ${lacks.join('; ')}`;
  console.warn(why);
  test(why, (context) => context.skip(why));
}

test('halves of a call are joined, descriptors become roles, noise is left out', () => {
  const lines = [
    '7 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3',
    '7 listen(3, 5) = 0',
    '7 accept4(3,  <unfinished ...>',
    '8 futex(0x1, FUTEX_WAKE_PRIVATE, 1) = 0',
    '7 <... accept4 resumed>0x2, [112], SOCK_CLOEXEC) = -1 EAGAIN (Resource unavailable)',
    '7 accept4(3, {sa_family=AF_INET, sin_port=htons(1)}, [112 => 16], SOCK_CLOEXEC) = 4',
    '7 read(4, "a, \\"b", 1024) = 5',
    '8 mystery(4) = 0',
    '7 close(4) = 0',
    '7 read(4, "", 10) = 0',
  ];
  expect(callsIn(lines.join('\n'))).toEqual({
    calls: [
      { role: 'listener', text: 'socket(AF_INET, SOCK_STREAM, IPPROTO_IP)' },
      { role: 'listener', text: 'listen(5)' },
      { role: 'listener', text: 'accept4(SOCK_CLOEXEC) = EAGAIN' },
      { role: 'listener', text: 'accept4(SOCK_CLOEXEC) = connection' },
      { role: 'connection', text: 'read(1024) = 5' },
      { role: 'connection', text: 'close()' },
    ],
    unknown: ['mystery'],
  });
});
