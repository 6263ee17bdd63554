/** Variants by name, ready to be started. */
import path from 'node:path';
import { discoverVariants } from '../../harness/plan/discover.js';
import { repositoryRoot } from '../../harness/root.js';
import { buildVariant } from '../../harness/run/build.js';
import type { Built } from '../../harness/server/built.js';

/** Those with these names; without names all native ones. Rejects with an Error that says why not. */
export async function programsOf(names: readonly string[]): Promise<Built[]> {
  const root = repositoryRoot();
  const all = await discoverVariants([path.join(root, 'servers')]);
  const missing = names.find((name) => !all.some((variant) => variant.name === name));
  if (missing !== undefined) throw new Error(`there is no variant ${missing}`);
  const chosen = all.filter(({ name, launch }) =>
    names.length > 0 ? names.includes(name) : 'native' in launch,
  );
  const { signal } = new AbortController();
  const results = await Promise.all(chosen.map((variant) => buildVariant(variant, root, signal)));
  return results.map((result) => {
    if (result.kind === 'built') return result.built;
    throw new Error(result.kind === 'skipped' ? result.why : result.problem);
  });
}
