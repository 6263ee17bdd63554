import { afterEach, expect, test } from 'vitest';
import type { Workload } from '../results/schema.js';
import type { RunLimits } from '../run/limits.js';
import type { ConformingAsk } from '../run/prepare.js';
import { calm, cpusForTests, fixtureBuilt, LIMITS } from '../run/testing.js';
import type { Built } from '../server/built.js';
import { ServerFault } from '../server/fault.js';
import { trackedGroups } from '../server/groups.js';
import { shortestForm, shortForm } from './short-form.js';

const { serverCpus, clientCpus } = cpusForTests();

function asked(built: Built, overrides: Partial<ConformingAsk> = {}): ConformingAsk {
  const usual = { cpus: serverCpus, args: [], workloads: [], limits: LIMITS, signal: calm };
  return { built, ...usual, ...overrides };
}

/** The built fixture with changes to what its variant.json says. */
function declaring(name: string, changes: Partial<Built['variant']>): Built {
  const built = fixtureBuilt(name);
  return { ...built, variant: { ...built.variant, ...changes } };
}

function faultOf(name: string, flags: string[], limits: Partial<RunLimits> = {}): Promise<unknown> {
  const ask = asked(fixtureBuilt(name, ...flags), { limits: { ...LIMITS, ...limits } });
  return shortestForm(ask).catch((error: unknown) => error);
}

afterEach(() => {
  expect(trackedGroups()).toEqual([]);
});

test('a good server passes and its ready line comes back', async () => {
  const { ready, wrong } = await shortestForm(asked(fixtureBuilt('good', '--core', 'c1')));
  expect(ready).toMatchObject({ variant: 'good', core: 'c1' });
  expect(wrong).toBeNull();
});

test('a server that counts nothing of its own passes', async () => {
  const done = await shortestForm(asked(fixtureBuilt('few-counters')));
  expect(done).toMatchObject({ ready: { variant: 'few-counters' }, wrong: null });
});

test.each([
  {
    name: 'wrong-byte',
    flags: [],
    limits: {},
    kind: 'wrong-answer',
    message:
      /^wrong-byte answered three requests wrongly: got ".*I am serven!", not ".*I am server!"$/,
  },
  {
    name: 'wrong-byte',
    flags: ['--die-after', '2'],
    limits: {},
    kind: 'wrong-answer',
    message: /^wrong-byte answered three requests wrongly: got ".*serven!"/,
  },
  {
    name: 'hangs',
    flags: ['--die-after', '1'],
    limits: { answerMs: 400 },
    kind: 'hung',
    message:
      /^hangs answered three requests not at all: after 400 ms still waiting for \d+ bytes; received 0/,
  },
  {
    name: 'dies',
    flags: ['--die-after', '1'],
    limits: {},
    kind: 'died',
    message: /^dies ended with exit status 3 /,
  },
  {
    name: 'miscounts',
    flags: [],
    limits: {},
    kind: 'stats',
    message: /^miscounts answered 3 requests and counted 6$/,
  },
  {
    name: 'refuses-stats',
    flags: [],
    limits: { answerMs: 300 },
    kind: 'stats',
    message: /^refuses-stats did not answer `stats` within 300 ms$/,
  },
  {
    name: 'wrong-rusage',
    flags: [],
    limits: {},
    kind: 'stats',
    message: /^wrong-rusage answered `stats` with .*voluntary_switches: /,
  },
  {
    name: 'ignores-sigterm',
    flags: [],
    limits: { stopMs: 300 },
    kind: 'stop',
    message: /^ignores-sigterm did not end within 300 ms of SIGTERM and was killed$/,
  },
  {
    name: 'crashes-at-stop',
    flags: [],
    limits: {},
    kind: 'stop',
    message: /^crashes-at-stop ended with exit status 6 after SIGTERM, not with 0$/,
  },
  {
    name: 'good',
    flags: ['--name', 'other'],
    limits: {},
    kind: 'contract',
    message: /^good says in its ready line that it is other$/,
  },
  {
    name: 'exits-at-start',
    flags: [],
    limits: {},
    kind: 'start',
    message: /^exits-at-start ended with exit status 1 before it was ready$/,
  },
  {
    name: 'garbage-ready',
    flags: [],
    limits: {},
    kind: 'garbage-ready',
    message: /^garbage-ready printed "Server listening on port 8080" where a ready line/,
  },
])('$name $flags fails the check: $kind', async ({ name, flags, limits, kind, message }) => {
  const failure = await faultOf(name, flags, limits);
  expect(failure).toBeInstanceOf(ServerFault);
  expect(failure).toMatchObject({ kind, message: expect.stringMatching(message) });
});

const oneCpu = serverCpus[0] === clientCpus[0];

test.skipIf(oneCpu)('a server that ignores --cpus fails (needs two CPUs)', async () => {
  expect(await faultOf('unpinned', [])).toMatchObject({
    kind: 'contract',
    message: expect.stringMatching(
      /^unpinned was started with `--cpus \d+` and may run on CPUs \d+,\d+/,
    ),
  });
});

test.each(['exact', 'plain'] as const)(
  'one exchange of each workload is asked for: %s',
  async (answers) => {
    const built = declaring('good', { answers });
    const asking = (workload: Workload) => shortestForm(asked(built, { workloads: [workload] }));
    await expect(asking({ workload: 'keepalive' })).resolves.toMatchObject({ wrong: null });
    const parameters = { replyBytes: 100, readBytesPerS: 1 };
    await expect(asking({ workload: 'bulk', parameters })).rejects.toMatchObject({
      kind: 'wrong-answer',
      message: expect.stringMatching(
        /^good answered GET \/bytes\?n=100 wrongly: .*got ".*I am server!", not …?".*abcdef/,
      ),
    });
  },
);

test('bytes that nobody asked for are found', async () => {
  expect(await faultOf('adds-bytes', [])).toMatchObject({ kind: 'wrong-answer' });
});

test('a greeting must end with the connection', async () => {
  const greeting = { serves: { modes: ['greeting' as const], targets: ['/' as const] } };
  const ask = asked(declaring('good', greeting), {
    limits: { ...LIMITS, answerMs: 400 },
    workloads: [{ workload: 'greeting' }],
  });
  await expect(shortestForm(ask)).rejects.toBeInstanceOf(ServerFault);
});

test('the short form names the case, the check and the reason, or nothing', async () => {
  // Right for as long as the shortest form asks.
  const late = fixtureBuilt('wrong-byte', '--die-after', '3');
  const plain = (built: Built): Built => ({
    ...built,
    variant: { ...built.variant, answers: 'plain' },
  });
  const { wrong } = await shortForm(asked(plain(late)));
  expect(wrong).toMatch(
    /^pipelining: \d+ requests in one segment: the body of \/: got "I am serven!", not "I am server!"$/,
  );
});
