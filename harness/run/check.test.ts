import { afterEach, expect, test } from 'vitest';
import { UserError } from '../errors.js';
import { given } from '../optional.js';
import { checkServer, requireOneCore } from './check.js';
import { ServerFault } from './fault.js';
import type { RunLimits } from './limits.js';
import { trackedGroups } from './processes.js';
import { calm, cpusForTests, fixtureBuilt, LIMITS } from './testing.js';

const { serverCpus, clientCpus } = cpusForTests();
const check = (name: string, flags: string[] = [], limits: Partial<RunLimits> = {}) =>
  checkServer(
    fixtureBuilt(name, ...flags),
    { cpus: serverCpus, args: [] },
    { ...LIMITS, ...limits },
    calm,
  );

afterEach(() => {
  expect(trackedGroups()).toEqual([]);
});

test('a good server passes and its ready line comes back', async () => {
  expect(await check('good', ['--core', 'c1'])).toMatchObject({ variant: 'good', core: 'c1' });
});

test('a server that counts nothing of its own passes', async () => {
  expect(await check('few-counters')).toMatchObject({ variant: 'few-counters' });
});

test.each([
  {
    name: 'wrong-byte',
    flags: [],
    limits: {},
    kind: 'wrong-answer',
    message:
      /^wrong-byte answered a request in two segments with ".*I am serven!" instead of ".*I am server!"$/,
  },
  {
    name: 'hangs',
    flags: ['--die-after', '1'],
    limits: { answerMs: 400 },
    kind: 'hung',
    message: /^hangs did not answer two pipelined requests within 400 ms, after nothing$/,
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
    name: 'ignores-sigterm',
    flags: [],
    limits: { stopMs: 300 },
    kind: 'stop',
    message: /^ignores-sigterm did not end within 300 ms of SIGTERM and was killed$/,
  },
  {
    name: 'good',
    flags: ['--name', 'other'],
    limits: {},
    kind: 'contract',
    message: /^good says in its ready line that it is other$/,
  },
])('$name $flags fails the check: $kind', async ({ name, flags, limits, kind, message }) => {
  const failure: unknown = await check(name, flags, limits).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ServerFault);
  expect(failure).toMatchObject({ kind, message: expect.stringMatching(message) });
});

const oneCpu = serverCpus[0] === clientCpus[0];

test.skipIf(oneCpu)('a server that ignores --cpus fails (needs two CPUs)', async () => {
  await expect(check('unpinned')).rejects.toMatchObject({
    kind: 'contract',
    message: expect.stringMatching(/^unpinned was told `--cpus \d+` and may run on CPUs \d+,\d+/),
  });
});

test('what the run will ask for is asked before, and must be answered byte for byte', async () => {
  const asked = (workloads: Parameters<typeof checkServer>[4]) =>
    checkServer(fixtureBuilt('good'), { cpus: serverCpus, args: [] }, LIMITS, calm, workloads);
  const parameters = { replyBytes: 100, readBytesPerS: 1 };
  const bulk = { workload: 'bulk', parameters } as const;
  await expect(asked([{ workload: 'keepalive' }])).resolves.toMatchObject({ variant: 'good' });
  await expect(asked([bulk])).rejects.toMatchObject({
    kind: 'wrong-answer',
    message: expect.stringMatching(
      /^good answered GET \/bytes\?n=100 with ".*12.*" instead of ".*100.*abcdef/,
    ),
  });
});

test('a greeting must end with the connection', async () => {
  const greeting = [{ workload: 'greeting' }] as const;
  const { serves: _, ...variant } = fixtureBuilt('good').variant;
  const built = {
    ...fixtureBuilt('good'),
    variant: { ...variant, serves: { modes: ['greeting' as const], targets: ['/' as const] } },
  };
  const launch = { cpus: serverCpus, args: [] };
  await expect(
    checkServer(built, launch, { ...LIMITS, answerMs: 400 }, calm, greeting),
  ).rejects.toBeInstanceOf(ServerFault);
});

test('different cores are refused, and both are named', () => {
  const ready = (variant: string, core?: string) => ({
    id: variant,
    ready: {
      event: 'ready' as const,
      port: 1,
      pid: 1,
      variant,
      ...given({ core }),
    },
  });
  requireOneCore([ready('a', 'x'), ready('go-net'), ready('b', 'x')]);
  const refused = () => requireOneCore([ready('a', 'x'), ready('go-net'), ready('b', 'y')]);
  expect(refused).toThrow(UserError);
  expect(refused).toThrow(/a \(core x\) and b \(core y\)/);
});
