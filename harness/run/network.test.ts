import { execFileSync, spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { UserError } from '../errors.js';
import { loadClient } from '../load/clients.js';
import { processTree } from '../probe/process-tree.js';
import { readText } from '../probe/reading.js';
import { slicingOf, type Trial } from '../results/schema.js';
import { repositoryRoot } from '../root.js';
import { trackedGroups } from '../server/groups.js';
import { LOOPBACK, startServer } from '../server/start.js';
import { runLife } from './block.js';
import { ip, type Network, requireRights, requireTool, withNetwork } from './network.js';
import { run } from './run.js';
import {
  benchOf,
  calm,
  cpusForTests,
  fixtureBuilt,
  fixtureVariant,
  keepalive,
  LIMITS,
  planOf,
  runInput,
  temporaryFolder,
} from './testing.js';
import { mayMakeNamespaces, namespacesOf } from './testing-namespaces.js';

const permitted = mayMakeNamespaces();
if (!permitted) {
  console.warn('SKIPPED runs over veth: they take root, ip (iproute2) and nsenter (util-linux)');
}
const overVeth = test.skipIf(!permitted);
const wrk = spawnSync('wrk', ['-v']).error === undefined;
if (!wrk) console.warn('SKIPPED wrk over veth: it takes wrk');

/** Of processes that this one has started. */
const namespaces = () => namespacesOf(processTree(process.pid));

async function vethRun(overrides: Parameters<typeof runInput>[2] = {}) {
  const { folder, remove } = await temporaryFolder();
  onTestFinished(remove);
  const plan = planOf(['good'], { net: 'veth' });
  const client = loadClient('native');
  return runInput(folder, [fixtureVariant('good')], { plan, client, ...overrides }).input;
}

function greetingTrial(network: Network): Promise<Trial> {
  const built = fixtureBuilt('callback-epoll');
  const command = [path.join(repositoryRoot(), 'build', 'Release', 'callback-epoll')];
  const condition = { ...keepalive(4), id: 'greeting-c4', workload: 'greeting' as const };
  const plan = planOf(['callback-epoll'], { conditions: [condition], windowMs: 300 });
  return runLife(
    { subject: 'callback-epoll', condition, block: 0, position: 0 },
    {
      ...benchOf('callback-epoll', { plan, client: loadClient('native'), network }),
      built: { ...built, command },
      // The variant is a fixture's, and the harness adds the flag for native ones.
      args: ['--allow-remote'],
    },
    slicingOf(plan, condition.id),
  );
}

test('over loopback nothing is made', async () => {
  expect(await withNetwork('lo', calm, async (network) => network)).toBe(LOOPBACK);
});

test('a process without the capabilities learns which, and what to do', () => {
  expect(() => requireRights('CapEff:\t0000000000000000\n')).toThrow(
    /this process lacks CAP_NET_ADMIN and CAP_SYS_ADMIN$/,
  );
  const netAdmin = (1n << 12n).toString(16);
  expect(() => requireRights(`CapEff:\t${netAdmin}\n`)).toThrow(/lacks CAP_SYS_ADMIN$/);
  const both = ((1n << 12n) | (1n << 21n)).toString(16);
  expect(() => requireRights(`CapEff:\t${both}\n`)).not.toThrow();
});

test('a program that is missing is named with the package that has it', async () => {
  const refused = requireTool(['iomodels-no-such-program'], 'iproute2', calm);
  await expect(refused).rejects.toThrow(/takes the program iomodels-no-such-program: .* started/);
  await expect(refused).rejects.toMatchObject({ remedy: /^apt-get install iproute2, or measure/ });
});

overVeth('a run over veth measures, and leaves no namespace', async () => {
  const { results } = await run(await vethRun());
  expect(results).toMatchObject({ outcome: 'complete', problems: [] });
  expect(results.header.plan.net).toBe('veth');
  expect(results.trials.map(({ status }) => status)).toEqual(['ok', 'ok']);
  expect(results.trials[0]?.machine.listen_drops).toMatchObject({ value: 0, quality: 'exact' });
  expect(namespaces()).toEqual([]);
});

overVeth(
  'the server is in a namespace of its own, with the rest of its world as it was',
  async () => {
    const own = (pid: number | 'self', kind: string) => readlinkSync(`/proc/${pid}/ns/${kind}`);
    await withNetwork('veth', calm, async (network) => {
      const launch = { cpus: cpusForTests().serverCpus, mode: 'http', args: [], network } as const;
      const server = await startServer(fixtureBuilt('good'), launch, LIMITS, calm);
      try {
        expect(own(server.pid, 'net')).not.toBe(own('self', 'net'));
        expect(own(server.pid, 'mnt')).toBe(own('self', 'mnt'));
        const devices = readText(`/proc/${server.pid}/net/dev`);
        expect(devices.ok && devices.value.match(/^ *\w+:/gm)?.map((name) => name.trim())).toEqual([
          'lo:',
          'server:',
        ]);
      } finally {
        await server.kill();
      }
    });
    expect(namespaces()).toEqual([]);
  },
);

overVeth('an interrupted run over veth leaves no namespace', async () => {
  const interruption = new AbortController();
  let trials = 0;
  const input = await vethRun({
    plan: planOf(['good'], { net: 'veth', blocks: 1000 }),
    signal: interruption.signal,
    onEvent: ({ kind }) => {
      if (kind === 'trial-start') trials += 1;
      if (trials === 2) interruption.abort('SIGINT');
    },
  });
  const { results } = await run(input);
  expect(results.problems).toEqual(['interrupted by SIGINT after 1 of 1000 trials']);
  expect(namespaces()).toEqual([]);
  expect(trackedGroups()).toEqual([]);
});

overVeth('an error leaves no namespace', async () => {
  const trouble = withNetwork('veth', calm, async () => {
    expect(namespaces()).toHaveLength(2);
    throw new Error('a bug in the harness');
  });
  await expect(trouble).rejects.toThrow('a bug in the harness');
  expect(namespaces()).toEqual([]);
});

overVeth('two runs over veth at once do not clash', async () => {
  const inputs = [await vethRun(), await vethRun()];
  const outcomes = await Promise.all(inputs.map(run));
  for (const { results } of outcomes) {
    expect(results).toMatchObject({ outcome: 'complete', problems: [] });
  }
  expect(namespaces()).toEqual([]);
});

overVeth('what ip refuses is reported with the command', async () => {
  const refused = withNetwork('veth', calm, async ({ serverNetns = '' }) =>
    ip({ pid: 0, path: serverNetns }, ['link add server type veth'], calm),
  );
  await expect(refused).rejects.toThrow(UserError);
  await expect(refused).rejects.toThrow(
    /ip link add server type veth` ended with exit status \d+$/,
  );
  expect(namespaces()).toEqual([]);
});

overVeth('a connection per request has ports enough with one address', async () => {
  await withNetwork('veth', calm, async (network) => {
    const range = 'echo 40000 40099 > /proc/sys/net/ipv4/ip_local_port_range';
    execFileSync('nsenter', [`--net=${network.clientNetns}`, 'sh', '-c', range]);
    const trial = await greetingTrial(network);
    expect(trial).toMatchObject({ status: 'ok', counts: { errors: {} } });
    expect(trial.counts?.completed).toBeGreaterThan(200);
    // As many as there are ports, when they are counted where the server is.
    expect(trial.machine.time_wait_sockets?.value).toBeGreaterThan(0);
    expect(trial.machine.time_wait_sockets?.value).toBeLessThanOrEqual(100);
  });
});

for (const kind of ['wrk', 'autocannon'] as const) {
  test.skipIf(!permitted || (kind === 'wrk' && !wrk))(`${kind} measures over veth`, async () => {
    const plan = planOf(['good'], { net: 'veth', blocks: 1, windowMs: 300, client: kind });
    const { results } = await run(await vethRun({ plan, client: loadClient(kind) }));
    expect(results).toMatchObject({ outcome: 'complete', problems: [] });
    expect(results.trials[0]?.counts?.completed).toBeGreaterThan(0);
    expect(namespaces()).toEqual([]);
  });
}
