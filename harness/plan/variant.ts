/**
 * A variant: one server program under test, described by servers/<name>/variant.json
 * (docs/PROTOCOL.md, contract 2).
 */
import { z } from 'zod';
import { TARGETS } from '../results/workloads.js';

const name = z.string().regex(/^[a-z][a-z0-9-]*$/, 'use lower-case letters, digits and dashes');

/**
 * Files, from the variant's folder; of each the definitions of these names (functions, types,
 * `Class::member`), or all of it.
 */
const sourceList = z
  .array(z.strictObject({ path: z.string().min(1), names: z.array(z.string()).min(1).optional() }))
  .min(1);

const command = z.array(z.string()).min(1);

const place = (name: string) => `\${${name}}`;

const PLACEHOLDERS = `${place('out')} is a git-ignored folder of this variant, ${place('root')} the repository.`;

const fields = z.strictObject({
  $schema: z.string().optional(),
  name: name.describe("Equal to the folder's name."),
  title: z.string().min(1).describe('As tables and charts show it.'),
  model: z
    .string()
    .min(1)
    .describe("The I/O model's family: event-loop, goroutine-per-connection, …"),
  summary: z.string().min(1).describe('How it waits for sockets, in one sentence.'),
  byDefault: z
    .boolean()
    .default(true)
    .describe('false: takes part only when it is named, or with --variants all.'),
  launch: z.union([
    z.strictObject({
      native: name.describe("An executable that is built from this folder's *.cc files."),
    }),
    z.strictObject({
      workdir: z
        .string()
        .optional()
        .describe("Where both commands run, relative to the variant's folder (the folder itself)."),
      build: command.optional().describe(`Run before every run. ${PLACEHOLDERS}`),
      command: command.describe(
        `Starts the server. ${PLACEHOLDERS} With "control": "none" also ${place('port')}, ${place('host')} and ${place('cpus')}.`,
      ),
      version: command
        .optional()
        .describe('Prints the version of the toolchain in one line: ["go", "version"].'),
      stop: command
        .optional()
        .describe(
          `With "control": "none": ends the server, in place of SIGTERM. Also ${place('pid')}.`,
        ),
    }),
  ]),
  control: z
    .enum(['stdio', 'none'])
    .optional()
    .describe(
      `stdio (default): the server speaks docs/PROTOCOL.md, section 2. none: a program that knows nothing of us; it is told its port by ${place('port')} in its command and is counted from outside.`,
    ),
  answers: z
    .enum(['exact', 'plain'])
    .optional()
    .describe(
      'exact (default): answers and refusals are, byte for byte, those of docs/PROTOCOL.md, section 3. plain: ordinary HTTP/1.1 with the same bodies. control none is plain.',
    ),
  reply: z
    .string()
    .min(1)
    .optional()
    .describe('The body of the answer to /, where it is not "I am server!"; plain answers only.'),
  needs: z
    .array(
      z.strictObject({
        program: z.string().min(1),
        hint: z.string().min(1).describe('How to get it.'),
      }),
    )
    .default([])
    .describe(
      'Programs that must be on PATH; where one is missing the variant is skipped with the hint. What only the server can find out, a kernel feature, it says itself: exit status 69 and a line on stderr.',
    ),
  serves: z.strictObject({
    modes: z.array(z.enum(['http', 'greeting'])).min(1),
    targets: z.array(z.enum(TARGETS)).min(1),
  }),
  ablation: z
    .array(z.strictObject({ label: z.string().min(1), args: z.array(z.string()) }))
    .min(1)
    .refine(
      (sets) => new Set(sets.map(({ label }) => label)).size === sets.length,
      'labels must differ',
    )
    .optional()
    .describe(
      "Sets of the server's own flags for `iomodels micro --options` to measure beside each other. The first one is what the others are compared with; the server without flags takes part in any case, under the label of the set whose args are empty, else as `default`.",
    ),
  sources: z
    .strictObject({ plain: sourceList, relay: sourceList.optional() })
    .optional()
    .describe(
      "Where a reader finds how it serves connections: plain requests, and /relay. Files from the variant's folder, of each all or the definitions of the names given. Runs show and count these lines beside those of other variants.",
    ),
  threadsPerCpu: z
    .union([z.number().positive(), z.literal('per-connection')])
    .describe('Threads that serve connections, per CPU; per-connection: one for each.'),
  othersWaitMs: z
    .int()
    .min(1)
    .optional()
    .describe(
      'CPU time of the server, in ms, that others wait for at most while one client pipelines without end (100). More where the runtime serves one connection for longer.',
    ),
});

export const variantFileSchema = fields.superRefine((file, context) => {
  for (const { path, message } of contradictions(file)) {
    context.addIssue({ code: 'custom', path: [...path], message, input: file });
  }
});
export type VariantFile = z.infer<typeof variantFileSchema>;

/** A variant found on disk. */
export interface Variant extends VariantFile {
  /** Absolute path of the variant's folder. */
  readonly folder: string;
}

/** Whether the server speaks docs/PROTOCOL.md, section 2, on its standard streams. */
export function hasControl({ control }: Pick<VariantFile, 'control'>): boolean {
  return control !== 'none';
}

/** How closely its answers are held to docs/PROTOCOL.md, section 3. */
export function answersOf(file: Pick<VariantFile, 'control' | 'answers'>): 'exact' | 'plain' {
  return hasControl(file) ? (file.answers ?? 'exact') : 'plain';
}

/** The body of the answer to `/`. */
export function bodyOf({ reply }: Pick<VariantFile, 'reply'>): string {
  return reply ?? 'I am server!';
}

interface Contradiction {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What no single field shows: fields that exclude each other. */
function contradictions(file: z.output<typeof fields>): Contradiction[] {
  const found: Contradiction[] = [];
  const add = (path: string, message: string) => found.push({ path: path.split('.'), message });
  const plain = answersOf(file) === 'plain';
  const programs = file.serves.targets.filter((target) => target !== '/');
  if (file.reply !== undefined && !plain) add('reply', 'takes "answers": "plain"');
  if (!hasControl(file)) {
    if (file.answers === 'exact') add('answers', 'cannot be exact with "control": "none"');
    if (file.serves.modes.includes('greeting')) add('serves.modes', 'only http without control');
    if (programs.length > 0) add('serves.targets', 'only / without control');
    if ('native' in file.launch) add('launch.native', 'a native server has control');
    else if (!file.launch.command.some((word) => word.includes(place('port')))) {
      add('launch.command', `needs ${place('port')}: that is where the server is to listen`);
    }
  } else if (!('native' in file.launch)) {
    const { stop, command: words } = file.launch;
    if (stop !== undefined) add('launch.stop', 'takes "control": "none"; SIGTERM stops this one');
    const word = words.find((text) => /\$\{(port|host|cpus)\}/.test(text));
    if (word !== undefined) add('launch.command', `${word} takes "control": "none"`);
  }
  return found;
}
