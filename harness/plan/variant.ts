/**
 * A variant: one server program under test, described by servers/<name>/variant.json
 * (docs/PROTOCOL.md, contract 2).
 */
import { z } from 'zod';

const name = z.string().regex(/^[a-z][a-z0-9-]*$/, 'use lower-case letters, digits and dashes');

/**
 * Files, from the variant's folder; of each the definitions of these names (functions, types,
 * `Class::member`), or all of it.
 */
const sourceList = z
  .array(z.strictObject({ path: z.string().min(1), names: z.array(z.string()).min(1).optional() }))
  .min(1);

export const variantFileSchema = z.strictObject({
  $schema: z.string().optional(),
  /** Equal to the folder's name. */
  name,
  title: z.string().min(1),
  /** The I/O model's family, for example thread-per-connection, callback-epoll, coroutine-epoll. */
  model: z.string().min(1),
  summary: z.string().min(1),
  /** false: takes part only when it is named, or with `--variants all`. */
  byDefault: z.boolean().default(true),
  launch: z.union([
    /** An executable that binding.gyp builds from this folder's model.cc. */
    z.strictObject({ native: name }),
    /**
     * Any program. Both commands run in `workdir` (relative to the variant's folder, default the
     * folder itself). `${out}` stands for a git-ignored folder of this variant's own, `${root}` for
     * the repository.
     */
    z.strictObject({
      workdir: z.string().optional(),
      build: z.array(z.string()).min(1).optional(),
      command: z.array(z.string()).min(1),
      /**
       * Arguments of a command that prints the toolchain's version in one line, for example
       * ["go","version"].
       */
      version: z.array(z.string()).min(1).optional(),
    }),
  ]),
  /**
   * Programs that must be on PATH; missing: the variant is skipped with the reason. `hint` says how
   * to get it.
   */
  needs: z.array(z.strictObject({ program: z.string(), hint: z.string() })).default([]),
  serves: z.strictObject({
    modes: z.array(z.enum(['http', 'greeting'])).min(1),
    targets: z.array(z.enum(['/', '/work', '/bytes', '/sleep', '/relay'])).min(1),
  }),
  /**
   * Sets of the server's own flags for `iomodels micro --options` to measure beside each other. The
   * first one is what the others are compared with; the server without flags takes part in any
   * case, under the label of the set whose `args` are empty, else as `default`.
   */
  ablation: z
    .array(z.strictObject({ label: z.string().min(1), args: z.array(z.string()) }))
    .min(1)
    .refine(
      (sets) => new Set(sets.map(({ label }) => label)).size === sets.length,
      'labels must differ',
    )
    .optional(),
  /**
   * Where a reader finds how it serves connections: plain requests, and /relay. Runs show and count
   * these lines beside those of other variants.
   */
  sources: z.strictObject({ plain: sourceList, relay: sourceList.optional() }).optional(),
  /** Threads that serve connections, per CPU of --cpus; `per-connection` for one thread each. */
  threadsPerCpu: z.union([z.number().positive(), z.literal('per-connection')]),
});
export type VariantFile = z.infer<typeof variantFileSchema>;

/** A variant found on disk. */
export interface Variant extends VariantFile {
  /** Absolute path of the variant's folder. */
  readonly folder: string;
}
