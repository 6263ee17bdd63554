/** A side of a gate: every variant as it was at a state of the sources, built. */
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { discoverVariants } from '../../plan/discover.js';
import type { Variant } from '../../plan/variant.js';
import { type BuildResult, buildVariant } from '../../run/build.js';
import type { Prebuilt } from '../../run/subject.js';
import type { Fault } from '../decide.js';
import type { LaneTools } from './lane-tools.js';
import { isOurs, makeTree, type Tree } from './trees.js';

export interface SideAsk {
  readonly variants: readonly Variant[];
  readonly side: Fault['side'];
  /** null: the working tree, in a folder of its own; undefined: as this checkout has them built. */
  readonly ref: string | null | undefined;
}

export interface Side {
  /** By variant. */
  readonly built: ReadonlyMap<string, Prebuilt>;
  readonly faults: readonly Fault[];
  /** Variants that this side does not have, or that this machine cannot build, with the reason. */
  readonly absent: ReadonlyMap<string, string>;
  /** One per repository that the variants come from; none of this checkout. */
  readonly trees: readonly Tree[];
}

/** Rejects with UserError (of a state's own folder: exit status 3) or Interrupted. */
export async function buildSide(ask: SideAsk, tools: LaneTools): Promise<Side> {
  const built = new Map<string, Prebuilt>();
  const absent = new Map<string, string>();
  const faults: Fault[] = [];
  const trees: Tree[] = [];
  for (const variant of ask.variants) {
    const { name } = variant;
    const { result, tree } = await buildOne(variant, ask, trees, tools);
    switch (result.kind) {
      case 'built':
        built.set(name, { built: result.built, tree });
        break;
      case 'skipped':
        absent.set(name, result.why);
        break;
      case 'failed':
        faults.push({ variant: name, side: ask.side, text: result.problem });
        break;
    }
  }
  return { built, faults, absent, trees };
}

/** The variant at the side's state; `tree` names the state. */
async function buildOne(
  variant: Variant,
  ask: SideAsk,
  trees: Tree[],
  tools: LaneTools,
): Promise<{ readonly result: BuildResult; readonly tree: string }> {
  const { root, signal, onText } = tools;
  const { ref, side } = ask;
  if (ref === undefined) {
    onText(`building ${variant.name}`);
    return { result: await buildVariant(variant, root, signal), tree: 'here' };
  }
  const original = await realpath(variant.folder);
  const { folder, top, tree } = await treeOf(original, ref, ask, trees, tools);
  const here = path.join(folder, path.relative(top, original));
  if (!existsSync(path.join(here, 'variant.json'))) {
    return { result: { kind: 'skipped', why: `the ${side} has no ${variant.name}` }, tree };
  }
  const [found] = await discoverVariants([here]);
  if (found === undefined) throw new Error(`no variant in ${here}`);
  const own = (await isOurs(folder)) ? folder : root;
  const outs = path.join(folder, 'dist', 'servers');
  return { result: await buildVariant(found, own, signal, outs), tree };
}

/** The state of the repository that a folder is in, made once for all variants of it. */
async function treeOf(
  folder: string,
  ref: string | null,
  { variants }: SideAsk,
  trees: Tree[],
  { root, signal, onText }: LaneTools,
): Promise<Tree> {
  const known = trees.find(({ top }) => !path.relative(top, folder).startsWith('..'));
  if (known !== undefined) return known;
  // Git-ignored.
  const cache = path.join(root, 'build', 'gate');
  const servers = variants.map((one) => path.basename(one.folder));
  const tree = await makeTree({ repository: folder, ref, cache, root, servers, signal, onText });
  trees.push(tree);
  return tree;
}
