/**
 * The sources of servers as evidence: the plain loop and relay of each variant, cut out of the
 * files that its variant.json names, with their lines and counts.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.js';
import type { Variant } from '../plan/variant.js';
import { isSystemError } from '../probe/reading.js';
import type { SourceEvidence } from '../results/evidence.js';
import { countIn, type SourceCounts } from './count.js';
import { languageOf, parseSource, type SourceLanguage, type SyntaxNode } from './languages.js';

type PartName = SourceEvidence['part'];
type SourceFile = SourceEvidence['files'][number];
type Wanted = NonNullable<NonNullable<Variant['sources']>['plain']>[number];

/** All parts that the variant names; none when it names none. Rejects with UserError. */
export async function sourcesOf(variant: Variant, root: string): Promise<SourceEvidence[]> {
  const parts = Object.entries(variant.sources ?? {}) as [PartName, Wanted[] | undefined][];
  const found: SourceEvidence[] = [];
  for (const [part, wanted] of parts) {
    if (wanted === undefined) continue;
    const cuts = await Promise.all(wanted.map((one) => cutFrom(variant, one, root)));
    found.push({
      variant: variant.name,
      part,
      files: cuts.flatMap(({ files }) => files),
      counts: together(cuts.map(({ counts }) => counts)),
    });
  }
  return found;
}

interface Cut {
  readonly files: SourceFile[];
  readonly counts: SourceCounts;
}

async function cutFrom(
  variant: Variant,
  { path: file, names }: Wanted,
  root: string,
): Promise<Cut> {
  const absolute = path.resolve(variant.folder, file);
  const text = await textOf(absolute, variant);
  const language = languageOf(absolute);
  if (language === null) {
    throw trouble(variant, `${file} is in a language that is not counted`, 'leave it out');
  }
  const tree = await parseSource(text, language);
  const inside = path.relative(root, absolute);
  const shown = inside.startsWith('..') ? file : inside;
  if (names === undefined) {
    return {
      files: [{ path: shown, firstLine: 1, text }],
      counts: countIn([tree], language),
    };
  }
  const pieces = names.flatMap((name) => {
    const piece = definitionsOf(tree, name, language);
    if (piece.length > 0) return piece;
    throw trouble(variant, `${file} defines no ${name}`, 'name what is there');
  });
  return { files: excerpts(pieces, text, shown, language), counts: countIn(pieces, language) };
}

async function textOf(file: string, variant: Variant): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw trouble(variant, error.message, 'give paths from the folder of variant.json');
  }
}

function trouble({ name, folder }: Variant, what: string, remedy: string): UserError {
  return new UserError(`sources of ${name}: ${what}`, `${remedy}: ${folder}/variant.json`);
}

/** Sums, but for the deepest nesting; what one piece does not count, the whole does not. */
function together(counts: readonly SourceCounts[]): SourceCounts {
  const names = Object.keys(counts[0] ?? {}).filter((name) =>
    counts.every((one) => one[name] !== undefined),
  );
  return Object.fromEntries(
    names.map((name) => {
      const values = counts.map((one) => one[name] ?? 0);
      const sum = values.reduce((all, value) => all + value, 0);
      return [name, name === 'nesting_max' ? Math.max(...values) : sum];
    }),
  );
}

/**
 * Definitions with that name: `process`, `Relay`, or `Connection::flush` for a member that is
 * defined outside of its class. Go's methods go by their name.
 */
function definitionsOf(tree: SyntaxNode, name: string, language: SourceLanguage): SyntaxNode[] {
  return tree
    .descendantsOfType([...language.definitions])
    .filter((node) => node !== null)
    .filter((node) => isDefinition(node) && nameOf(node) === name)
    .map(withTemplate);
}

/** A type that is only mentioned (`class UpstreamUser;`, `struct X x`) has no body. */
function isDefinition(node: SyntaxNode): boolean {
  return !/_specifier$/.test(node.type) || node.childForFieldName('body') !== null;
}

function nameOf(node: SyntaxNode): string {
  const own = node.childForFieldName('name');
  if (own !== null) return own.text;
  const spec = node.namedChildren.find((child) => child?.type === 'type_spec');
  if (spec) return spec.childForFieldName('name')?.text ?? '';
  // Of a C++ function the name is inside of its declarators: pointers, references, arguments.
  let declarator = node.childForFieldName('declarator');
  while (declarator !== null && !NAMES.test(declarator.type)) {
    const inner: SyntaxNode | null =
      declarator.childForFieldName('declarator') ??
      declarator.namedChildren.find((child) => child !== null && /declarator$/.test(child.type)) ??
      null;
    declarator = inner;
  }
  return declarator?.text ?? '';
}

const NAMES = /^(identifier|field_identifier|qualified_identifier|destructor_name|operator_name)$/;

function withTemplate(node: SyntaxNode): SyntaxNode {
  return node.parent?.type === 'template_declaration' ? node.parent : node;
}

interface Range {
  readonly first: number;
  readonly last: number;
}

/** Lines of the pieces with the comments above them; neighbours are one excerpt. */
function excerpts(
  pieces: readonly SyntaxNode[],
  text: string,
  shown: string,
  language: SourceLanguage,
): SourceFile[] {
  const lines = text.split('\n');
  const ranges = pieces.map((piece) => rangeOf(piece, language)).sort((a, b) => a.first - b.first);
  const joined: Range[] = [];
  for (const range of ranges) {
    const last = joined.at(-1);
    const isNext =
      last !== undefined &&
      lines.slice(last.last + 1, range.first).every((line) => line.trim() === '');
    if (last === undefined || !isNext) joined.push(range);
    else joined[joined.length - 1] = { first: last.first, last: Math.max(last.last, range.last) };
  }
  return joined.map(({ first, last }) => ({
    path: shown,
    firstLine: first + 1,
    text: `${lines.slice(first, last + 1).join('\n')}\n`,
  }));
}

function rangeOf(piece: SyntaxNode, { comments }: SourceLanguage): Range {
  let first = piece.startPosition.row;
  for (let above = piece.previousSibling; above !== null; above = above.previousSibling) {
    if (!comments.includes(above.type) || above.endPosition.row !== first - 1) break;
    first = above.startPosition.row;
  }
  return { first, last: piece.endPosition.row };
}
