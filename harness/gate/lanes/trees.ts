/**
 * A state of a repository in a folder of its own, built beside the working tree: how the gate gets
 * its two sides.
 *
 * The folder is named after what the servers are made of: equal sources have one folder, it is made
 * once, and both sides of a comparison have paths of one length. It is written with an index of its
 * own (GIT_INDEX_FILE), so that neither the repository's index nor its list of worktrees knows of
 * it, even when the harness is killed meanwhile. The folders are a cache: git-ignored, the oldest
 * go.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { UserError } from '../../errors.js';
import { isSystemError } from '../../probe/reading.js';
import { runTool } from '../../run/tool.js';

export interface Tree {
  /** As it was asked for; null: the working tree, with what is not committed. */
  readonly ref: string | null;
  /** null: the working tree differs from every commit. */
  readonly commit: string | null;
  readonly tree: string;
  /** Root of the repository that it is a state of. */
  readonly top: string;
  readonly folder: string;
  /** Whether it was there already. */
  readonly reused: boolean;
}

export interface TreeRequest {
  /** Any folder of the repository. */
  readonly repository: string;
  /** Anything that git takes for a commit; null: the working tree. */
  readonly ref: string | null;
  /** Where the folders are kept. */
  readonly cache: string;
  /** This repository, whose tools build the native servers of a state of its own. */
  readonly root: string;
  /** Folders in servers/ whose native servers are wanted of a state of this repository. */
  readonly servers: readonly string[];
  readonly signal: AbortSignal;
  readonly onText: (text: string) => void;
}

/** Of the folder, once it is complete: how it was built. */
const STAMP = '.gate-tree.json';
/** Folders that are kept in any case. */
const KEPT = 6;
/** No gate takes so long: a folder used since may be in use now. */
const IN_USE_MS = 3_600_000;
const NAME_LENGTH = 16;

/** Rejects with UserError (exit status 3: the gate cannot measure) or Interrupted. */
export async function makeTree(request: TreeRequest): Promise<Tree> {
  const top = await topOf(request);
  const { commit, tree } = await resolve(request, top);
  const key = await keyOf(request, top, tree);
  const folder = path.join(request.cache, key.slice(0, NAME_LENGTH));
  const found = { ref: request.ref, commit, tree, top, folder };
  const stamp = await stampOf(request);
  if ((await readOr(path.join(folder, STAMP))) === stamp) {
    const now = new Date();
    await utimes(folder, now, now);
    return { ...found, reused: true };
  }
  request.onText(`building ${request.ref ?? 'the working tree'} (tree ${tree.slice(0, 8)})`);
  await write(request, top, tree, folder);
  await build(request, folder);
  await writeFile(path.join(folder, STAMP), stamp);
  await dropOldest(request.cache);
  return { ...found, reused: false };
}

async function topOf(request: TreeRequest): Promise<string> {
  const { repository } = request;
  const found = await git(request, ['rev-parse', '--show-toplevel'], repository, {});
  if (found.ok) return found.output;
  throw new UserError(
    `${repository} is in no git repository, so it has no earlier state to compare with`,
    'run the gate in a clone, or compare with a stored baseline: --baseline',
    { exitCode: 3, output: found.output },
  );
}

async function resolve(
  request: TreeRequest,
  top: string,
): Promise<{ commit: string | null; tree: string }> {
  const { ref } = request;
  if (ref === null) return workingTree(request, top);
  const commit = await git(
    request,
    ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`],
    top,
    {},
  );
  if (!commit.ok || ref.startsWith('-')) {
    throw new UserError(
      `there is no commit ${ref} in ${top}`,
      'name a branch, tag or commit that this clone has; a shallow clone has few (git fetch --depth)',
      { exitCode: 3 },
    );
  }
  return {
    commit: commit.output,
    tree: await must(request, top, ['rev-parse', `${commit.output}^{tree}`]),
  };
}

/** What native servers and the Go server are made of, and with: the rest of iomodels is not run. */
const SOURCES = [
  ...['binding.gyp', 'package.json', 'package-lock.json'],
  ...['go-reference', 'native', 'scripts', 'servers'],
];

/**
 * Of a state of iomodels: the hash of its servers' sources, and of which are built. Of any other
 * repository: its tree.
 */
async function keyOf(request: TreeRequest, top: string, tree: string): Promise<string> {
  const gyp = await git(request, ['cat-file', '-e', `${tree}:binding.gyp`], top, {});
  if (!gyp.ok) return tree;
  const sources = await must(request, top, ['ls-tree', tree, '--', ...SOURCES]);
  const servers = request.servers.toSorted().join(' ');
  return createHash('sha256').update(`${sources}\n${servers}`).digest('hex');
}

/** With what is not committed, but for what git ignores. */
async function workingTree(
  request: TreeRequest,
  top: string,
): Promise<{ commit: string | null; tree: string }> {
  return withIndex(async (env) => {
    await must(request, top, ['read-tree', 'HEAD'], env);
    await must(request, top, ['add', '--all'], env);
    const tree = await must(request, top, ['write-tree'], env);
    const head = await must(request, top, ['rev-parse', 'HEAD']);
    const committed = await must(request, top, ['rev-parse', 'HEAD^{tree}']);
    return { commit: tree === committed ? head : null, tree };
  });
}

async function withIndex<T>(body: (env: Record<string, string>) => Promise<T>): Promise<T> {
  const temporary = await mkdtemp(path.join(os.tmpdir(), 'iomodels-index-'));
  try {
    return await body({ GIT_INDEX_FILE: path.join(temporary, 'index') });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** All files of the tree, into a folder that has nothing else. */
async function write(
  request: TreeRequest,
  top: string,
  tree: string,
  folder: string,
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await withIndex(async (env) => {
    await must(request, top, ['read-tree', tree], env);
    await must(request, top, ['checkout-index', '--all', `--prefix=${folder}/`], env);
  });
}

/** Native servers, of a state of this repository; other programs are built when they are used. */
async function build(request: TreeRequest, folder: string): Promise<void> {
  if (!(await isOurs(folder))) return;
  const { root, servers, signal } = request;
  await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  const script = path.join(root, 'scripts', 'build-servers.mjs');
  const command = [process.execPath, script, folder, ...servers];
  const built = await runTool({ command, workdir: folder, signal });
  if (!built.ok) {
    const what = request.ref ?? 'the working tree';
    throw new UserError(`the native servers of ${what} do not build`, 'mend the build', {
      exitCode: 3,
      output: built.output,
    });
  }
  // What is left is run, never linked again.
  await rm(path.join(folder, 'build', 'Release', 'obj.target'), { recursive: true, force: true });
}

/** Whether a folder holds iomodels itself. */
export async function isOurs(folder: string): Promise<boolean> {
  const manifest = await readOr(path.join(folder, 'package.json'));
  if (manifest === null || !existsSync(path.join(folder, 'binding.gyp'))) return false;
  try {
    return JSON.parse(manifest)?.name === 'iomodels';
  } catch {
    return false;
  }
}

/** What make takes from the environment. */
const FLAGS = ['CPPFLAGS', 'CFLAGS', 'CXXFLAGS', 'LDFLAGS'];

/** What a finished folder was built with: another compiler makes other servers. */
async function stampOf({ root, signal }: TreeRequest): Promise<string> {
  const compiler = process.env.CXX ?? 'c++';
  const version = await runTool({ command: [compiler, '--version'], workdir: root, signal });
  const script = await readOr(path.join(root, 'scripts', 'build-servers.mjs'));
  const flags = FLAGS.map((name) => process.env[name] ?? '');
  const made = { compiler: version.output.split('\n')[0], flags, node: process.version, script };
  return `${JSON.stringify(made)}\n`;
}

async function dropOldest(cache: string): Promise<void> {
  const names = await readdir(cache);
  const aged = await Promise.all(
    names.map(async (name) => ({ name, ms: (await stat(path.join(cache, name))).mtimeMs })),
  );
  const sorted = aged.sort((a, b) => b.ms - a.ms);
  // The newest is the one that this run has just touched: no other clock is asked.
  const nowMs = sorted[0]?.ms ?? 0;
  const old = sorted.slice(KEPT).filter(({ ms }) => ms < nowMs - IN_USE_MS);
  for (const { name } of old) {
    // Renamed first: a half-deleted folder must not look complete.
    const doomed = path.join(cache, `${name}.old`);
    await rename(path.join(cache, name), doomed);
    await rm(doomed, { recursive: true, force: true });
  }
}

async function readOr(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isSystemError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
    throw error;
  }
}

function git(
  { signal }: TreeRequest,
  args: readonly string[],
  workdir: string,
  env: Readonly<Record<string, string>>,
) {
  return runTool({ command: ['git', ...args], workdir, env, signal });
}

async function must(
  request: TreeRequest,
  workdir: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const result = await git(request, args, workdir, env);
  if (result.ok) return result.output;
  throw new UserError(`git could not tell or write a tree: ${result.why}`, 'mend what git says', {
    exitCode: 3,
    output: result.output,
  });
}
