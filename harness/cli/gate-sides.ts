/**
 * The two sides of a gate: every variant as it was at the base, and as it is at the candidate, each
 * built in a folder of its own.
 */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Fault } from '../gate/correctness.js';
import { isOurs, makeTree, type Tree } from '../gate/lanes/trees.js';
import { discoverVariants } from '../plan/discover.js';
import type { Variant } from '../plan/variant.js';
import { buildVariant } from '../run/build.js';
import type { Prebuilt } from '../run/subject.js';
import { exists } from './folders.js';

export interface SideRequest {
  readonly variants: readonly Variant[];
  readonly side: Fault['side'];
  /** null: the working tree. */
  readonly ref: string | null;
  readonly root: string;
  readonly signal: AbortSignal;
  readonly onText: (text: string) => void;
}

export interface Side {
  /** By variant. */
  readonly built: ReadonlyMap<string, Prebuilt>;
  readonly faults: readonly Fault[];
  /** Variants that this side does not have, or that this machine cannot build, with the reason. */
  readonly absent: ReadonlyMap<string, string>;
  /** One per repository that the variants come from. */
  readonly trees: readonly Tree[];
}

/** Git-ignored. */
export function treeCache(root: string): string {
  return path.join(root, 'build', 'gate');
}

/** Rejects with UserError (exit status 3) or Interrupted. */
export async function buildSide(request: SideRequest): Promise<Side> {
  const { variants, side, root, signal } = request;
  const built = new Map<string, Prebuilt>();
  const absent = new Map<string, string>();
  const faults: Fault[] = [];
  const trees: Tree[] = [];
  for (const variant of variants) {
    const tree = await treeOf(variant, trees, request);
    const here = path.join(tree.folder, path.relative(tree.top, await realpath(variant.folder)));
    if (!(await exists(path.join(here, 'variant.json')))) {
      absent.set(variant.name, `the ${side} has no ${variant.name}`);
      continue;
    }
    const [found] = await discoverVariants([here]);
    if (found === undefined) throw new Error(`no variant in ${here}`);
    const own = (await isOurs(tree.folder)) ? tree.folder : root;
    const outs = path.join(tree.folder, 'dist', 'servers');
    const result = await buildVariant(found, own, signal, outs);
    switch (result.kind) {
      case 'built':
        built.set(variant.name, { built: result.built, tree: tree.tree });
        break;
      case 'skipped':
        absent.set(variant.name, result.why);
        break;
      case 'failed':
        faults.push({ variant: variant.name, side, text: result.problem });
        break;
    }
  }
  return { built, faults, absent, trees };
}

/** The state of the variant's repository, made once for all variants of it. */
async function treeOf(variant: Variant, trees: Tree[], request: SideRequest): Promise<Tree> {
  const folder = await realpath(variant.folder);
  const known = trees.find(({ top }) => !path.relative(top, folder).startsWith('..'));
  if (known !== undefined) return known;
  const { variants, ref, root, signal, onText } = request;
  const cache = treeCache(root);
  const servers = variants.map((one) => path.basename(one.folder));
  const tree = await makeTree({ repository: folder, ref, cache, root, servers, signal, onText });
  trees.push(tree);
  return tree;
}

/** The variants as they are built in this checkout, for a comparison with a stored baseline. */
export async function buildHere(request: Omit<SideRequest, 'ref' | 'side'>): Promise<Side> {
  const built = new Map<string, Prebuilt>();
  const absent = new Map<string, string>();
  const faults: Fault[] = [];
  for (const variant of request.variants) {
    request.onText(`building ${variant.name}`);
    const result = await buildVariant(variant, request.root, request.signal);
    if (result.kind === 'built') {
      built.set(variant.name, { built: result.built, tree: 'here' });
    } else if (result.kind === 'skipped') absent.set(variant.name, result.why);
    else faults.push({ variant: variant.name, side: 'candidate', text: result.problem });
  }
  return { built, faults, absent, trees: [] };
}
