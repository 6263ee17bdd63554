/**
 * What is left when the harness itself dies: compiled as in a real installation, run as a process,
 * and killed, or refused what it needs.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { copyFile, readdir, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { processTree } from '../probe/process-tree.js';
import { readTrials } from '../results/file.js';
import { repositoryRoot } from '../root.js';
import { eachLine } from '../server/lines.js';
import { processesWith } from './testing.js';
import { allPids, mayMakeNamespaces, namespacesOf } from './testing-namespaces.js';

const root = mkdtempSync(path.join(os.tmpdir(), 'iomodels-killed-'));
const repository = repositoryRoot();

beforeAll(async () => {
  await copyFile(path.join(repository, 'package.json'), path.join(root, 'package.json'));
  for (const folder of ['node_modules', 'harness']) {
    await symlink(path.join(repository, folder), path.join(root, folder));
  }
  const tsc = path.join(repository, 'node_modules', '.bin', 'tsc');
  const options = ['--outDir', path.join(root, 'dist'), '--noCheck', '--incremental', 'false'];
  execFileSync(tsc, ['-p', repository, ...options, '--tsBuildInfoFile', 'null']);
});

afterAll(() => rm(root, { recursive: true }));

function startHarness(mark: string, ...args: string[]) {
  const entry = path.join(root, 'dist', 'harness', 'run', 'testing-harness.js');
  const env = { ...process.env, MARK: mark };
  const child = spawn(process.execPath, [entry, ...args], { env });
  const lines: string[] = [];
  let errors = '';
  eachLine(child.stdout, (line) => lines.push(line));
  eachLine(child.stderr, (line) => {
    errors += `${line}\n`;
  });
  return { child, lines, errors: () => errors };
}

/** A harness in the middle of its second trial, over that network. */
async function running(net: 'lo' | 'veth') {
  const mark = `killed-${net}-${process.pid}`;
  const folder = path.join(root, net);
  const { child, lines } = startHarness(mark, net, folder);
  const secondTrial = () => lines.filter((line) => line === 'trial-start').length >= 2;
  await expect.poll(secondTrial, { timeout: 20_000 }).toBe(true);
  await expect.poll(() => processesWith(mark), { timeout: 20_000 }).toHaveLength(1);
  const kill = async () => {
    child.kill('SIGKILL');
    await once(child, 'close');
    await expect.poll(() => processesWith(mark), { timeout: 20_000 }).toEqual([]);
  };
  return { pid: child.pid ?? 0, folder, kill };
}

test('a harness killed by SIGKILL leaves no server, and every finished trial', async () => {
  const { folder, kill } = await running('lo');
  await kill();
  const { trials } = await readTrials(path.join(folder, 'trials.ndjson'));
  expect(trials.length).toBeGreaterThan(0);
  // What was not judged is not there: never a file without verdicts.
  expect(await readdir(folder)).not.toContain('results.json');
});

const permitted = mayMakeNamespaces();
if (!permitted) {
  console.warn('SKIPPED a harness killed over veth: it takes root, ip (iproute2) and util-linux');
}

test.skipIf(!permitted)('a harness killed by SIGKILL leaves no network namespace', async () => {
  const { pid, kill } = await running('veth');
  const made = namespacesOf(processTree(pid));
  expect(made).toHaveLength(2);
  await kill();
  const left = () => namespacesOf(allPids()).filter((link) => made.includes(link));
  await expect.poll(left, { timeout: 20_000 }).toEqual([]);
});

test('a harness that dies of an exception takes a server along that nothing else would end', async () => {
  const mark = `thrown-${process.pid}`;
  const { child, lines, errors } = startHarness(mark, 'throw');
  await expect.poll(() => lines, { timeout: 20_000 }).toEqual(['started']);
  expect(await processesWith(mark)).toHaveLength(1);
  child.stdin.write('now\n');
  const [code] = await once(child, 'close');
  expect(code).toBe(1);
  expect(errors()).toContain('a bug in the harness');
  await expect.poll(() => processesWith(mark), { timeout: 20_000 }).toEqual([]);
});

test.skipIf(!permitted)('a kernel that gives no network namespace is reported', () => {
  const entry = path.join(root, 'dist', 'harness', 'run', 'testing-harness.js');
  const none = 'echo 0 > /proc/sys/user/max_net_namespaces && exec "$@"';
  const harness = [process.execPath, entry, 'veth', path.join(root, 'refused')];
  const { status, stderr } = spawnSync('unshare', ['-Ur', 'sh', '-c', none, 'sh', ...harness], {
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /UserError: no network namespace could be made: `unshare --net .*` ended with exit status 1/,
  );
  expect(stderr).toContain('unshare: unshare failed: No space left on device');
});
