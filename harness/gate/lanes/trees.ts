/**
 * A state of a repository in a folder of its own, and built there: how the gate gets
 * its two sides.
 *
 * The folder is named after what the servers are made of: equal sources have one folder, it is made
 * once, and both sides of a comparison have paths of one length. It is written with an index of its
 * own (GIT_INDEX_FILE), so that neither the repository's index nor its list of worktrees changes,
 * even when the harness is killed meanwhile. The folders are a cache: git-ignored, and the oldest
 * are deleted.
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
import { runTool, type ToolResult } from '../../run/tool.js';
import { CANNOT_MEASURE, refusal } from '../parse.js';
import type { GateSide } from '../schema.js';
import type { LaneTools } from './lane-tools.js';

export interface Tree extends GateSide {
  /** Root of the repository that it is a state of. */
  readonly top: string;
  readonly folder: string;
}

export interface TreeRequest extends Pick<LaneTools, 'signal' | 'onText'> {
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
}

/** Of the folder, once it is complete: how it was built. */
const STAMP = '.gate-tree.json';
/** Folders that are kept in any case. */
const KEPT = 6;
/** Longer than any gate: a folder used since then may be in use now. */
const IN_USE_MS = 3_600_000;
const NAME_LENGTH = 16;

/** Rejects with UserError (exit status 3: the gate cannot measure) or Interrupted. */
export async function makeTree(request: TreeRequest): Promise<Tree> {
  const { ref, cache, onText } = request;
  const git = await Git.of(request);
  const { commit, tree } = ref === null ? await workingTree(git) : await committed(git, ref);
  const key = await keyOf(git, tree, request.servers);
  const folder = path.join(cache, key.slice(0, NAME_LENGTH));
  const found = { ref, commit, tree, top: git.top, folder };
  const stamp = await stampOf(request);
  if ((await readOr(path.join(folder, STAMP))) === stamp) {
    const now = new Date();
    await utimes(folder, now, now);
    return found;
  }
  const what = ref ?? 'the working tree';
  onText(`building ${what} (tree ${tree.slice(0, 8)})`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await git.withIndex(tree, (env) =>
    git.must(['checkout-index', '--all', `--prefix=${folder}/`], env),
  );
  if (await isOurs(folder)) await build(request, what, folder);
  await writeFile(path.join(folder, STAMP), stamp);
  await dropOldest(cache);
  return found;
}

type Variables = Readonly<Record<string, string>>;

/** git in the root of a repository. */
class Git {
  private constructor(
    readonly top: string,
    readonly signal: AbortSignal,
  ) {}

  static async of({ repository, signal }: TreeRequest): Promise<Git> {
    const found = await new Git(repository, signal).ask(['rev-parse', '--show-toplevel']);
    if (found.ok) return new Git(found.output, signal);
    throw new UserError(
      `${repository} is in no git repository, so it has no earlier state to compare with`,
      'run the gate in a clone, or compare with a stored baseline: --baseline',
      { exitCode: CANNOT_MEASURE, output: found.output },
    );
  }

  ask(args: readonly string[], env: Variables = {}): Promise<ToolResult> {
    return runTool({ command: ['git', ...args], workdir: this.top, env, signal: this.signal });
  }

  /** What it prints. Rejects with UserError. */
  async must(args: readonly string[], env: Variables = {}): Promise<string> {
    const result = await this.ask(args, env);
    if (result.ok) return result.output;
    throw new UserError(`git could not tell or write a tree: ${result.why}`, 'mend what git says', {
      exitCode: CANNOT_MEASURE,
      output: result.output,
    });
  }

  /** With an index that holds the tree and is gone afterwards. */
  async withIndex<T>(tree: string, body: (env: Variables) => Promise<T>): Promise<T> {
    const temporary = await mkdtemp(path.join(os.tmpdir(), 'iomodels-index-'));
    try {
      const env = { GIT_INDEX_FILE: path.join(temporary, 'index') };
      await this.must(['read-tree', tree], env);
      return await body(env);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }
}

type State = Pick<Tree, 'commit' | 'tree'>;

async function committed(git: Git, ref: string): Promise<State> {
  const commit = await git.ask(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]);
  if (!commit.ok || ref.startsWith('-')) {
    throw refusal(
      `there is no commit ${ref} in ${git.top}`,
      'name a branch, tag or commit that this clone has; a shallow clone has few (git fetch --depth)',
    );
  }
  const tree = await git.must(['rev-parse', `${commit.output}^{tree}`]);
  return { commit: commit.output, tree };
}

/** With uncommitted changes, but without what git ignores. */
function workingTree(git: Git): Promise<State> {
  return git.withIndex('HEAD', async (env) => {
    await git.must(['add', '--all'], env);
    const tree = await git.must(['write-tree'], env);
    const head = await git.must(['rev-parse', 'HEAD']);
    const isCommitted = tree === (await git.must(['rev-parse', 'HEAD^{tree}']));
    return { commit: isCommitted ? head : null, tree };
  });
}

/**
 * The sources and build files of the native servers and the Go server: nothing else of iomodels
 * runs.
 */
const SOURCES = [
  ...['binding.gyp', 'package.json', 'package-lock.json'],
  ...['go-reference', 'native', 'scripts', 'servers'],
];

/**
 * Of a state of iomodels: the hash of its servers' sources, and of which are built. Of any other
 * repository: its tree.
 */
async function keyOf(git: Git, tree: string, servers: readonly string[]): Promise<string> {
  const gyp = await git.ask(['cat-file', '-e', `${tree}:binding.gyp`]);
  if (!gyp.ok) return tree;
  const sources = await git.must(['ls-tree', tree, '--', ...SOURCES]);
  return createHash('sha256')
    .update(`${sources}\n${servers.toSorted().join(' ')}`)
    .digest('hex');
}

/** The native servers of a state of iomodels; other programs are built when they are used. */
async function build(request: TreeRequest, what: string, folder: string): Promise<void> {
  const { root, servers, signal } = request;
  await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  const command = [process.execPath, scriptOf(root), folder, ...servers];
  const built = await runTool({ command, workdir: folder, signal });
  if (!built.ok) {
    throw new UserError(`the native servers of ${what} do not build`, 'mend the build', {
      exitCode: CANNOT_MEASURE,
      output: built.output,
    });
  }
  // The rest is only run, never linked again.
  await rm(path.join(folder, 'build', 'Release', 'obj.target'), { recursive: true, force: true });
}

const scriptOf = (root: string) => path.join(root, 'scripts', 'build-servers.mjs');

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
  const script = await readOr(scriptOf(root));
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
  // The newest is the one that this run has just touched: that needs no other clock.
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
