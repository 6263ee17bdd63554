/**
 * Counts of a piece of source, from its syntax tree. The same rules for every server:
 *
 *     code_lines           lines with anything but a comment on them
 *     functions            with a body and a name
 *     states               values of enumerations that are called State
 *     fields_across_waits  data members that may change: neither const nor references
 *     nesting_max          deepest nesting of branches and loops; else-if counts as its if
 *     reentries            functions that somebody else calls back: those that override, and
 *                          unnamed ones handed over as arguments
 *
 * What a language has no such notion of is left out, never 0.
 */
import type { SourceLanguage, SyntaxNode } from './languages.js';

export type SourceCounts = Record<string, number>;

/** Of all pieces together; nesting is the nesting of the deepest one. */
export function countIn(pieces: readonly SyntaxNode[], language: SourceLanguage): SourceCounts {
  const all = pieces.flatMap((piece) => [piece, ...descendants(piece)]);
  const of = (types: readonly string[]) => all.filter(({ type }) => types.includes(type));
  const functions = of(language.functions).filter(hasBody);
  const lambdas = of(language.lambdas).filter(
    ({ parent }) => parent !== null && language.callArguments.includes(parent.type),
  );
  return {
    code_lines: codeLines(pieces, language),
    functions: functions.length,
    ...members(all, language, lambdas.length),
    nesting_max: Math.max(0, ...pieces.map((piece) => nesting(piece, language))),
  };
}

/** What only some languages have. */
function members(
  all: readonly SyntaxNode[],
  { grammar }: SourceLanguage,
  lambdas: number,
): SourceCounts {
  switch (grammar) {
    case 'cpp':
      return {
        states: all.filter(isStateValue).length,
        fields_across_waits: all.filter(isChangingMember).length,
        reentries: all.filter(isOverride).length + lambdas,
      };
    case 'go':
      return {
        fields_across_waits: all
          .filter(({ type }) => type === 'field_declaration')
          .reduce((sum, field) => sum + namesOf(field), 0),
        reentries: lambdas,
      };
    default:
      return { reentries: lambdas };
  }
}

function descendants(node: SyntaxNode): SyntaxNode[] {
  return node.children.flatMap((child) => (child === null ? [] : [child, ...descendants(child)]));
}

function hasBody(node: SyntaxNode): boolean {
  return node.childForFieldName('body') !== null;
}

/** Lines that the leaves cover, but for those of comments. */
function codeLines(pieces: readonly SyntaxNode[], { comments }: SourceLanguage): number {
  const lines = new Set<number>();
  const visit = (node: SyntaxNode): void => {
    if (comments.includes(node.type)) return;
    if (node.childCount > 0) {
      for (const child of node.children) if (child !== null) visit(child);
      return;
    }
    if (node.text.trim() === '') return;
    for (let row = node.startPosition.row; row <= node.endPosition.row; row++) lines.add(row);
  };
  for (const piece of pieces) visit(piece);
  return lines.size;
}

function nesting(node: SyntaxNode, language: SourceLanguage): number {
  const deepest = Math.max(
    0,
    ...node.children.map((child) => (child === null ? 0 : nesting(child, language))),
  );
  return deepest + (language.nesting.includes(node.type) && !isElseIf(node) ? 1 : 0);
}

/** `else if`: in the else clause, or the alternative, of another if. */
function isElseIf({ type, parent }: SyntaxNode): boolean {
  if (!/^if_/.test(type) || parent === null) return false;
  return parent.type === 'else_clause' || parent.type === type;
}

function isStateValue({ type, parent }: SyntaxNode): boolean {
  if (type !== 'enumerator') return false;
  return parent?.parent?.childForFieldName('name')?.text === 'State';
}

/** A data member of a class that is neither const nor a reference. */
function isChangingMember(node: SyntaxNode): boolean {
  if (node.type !== 'field_declaration') return false;
  const declarator = node.childForFieldName('declarator');
  if (declarator === null || declarator.type === 'reference_declarator') return false;
  const isFunction =
    declarator.type === 'function_declarator' ||
    descendants(declarator).some(({ type }) => type === 'function_declarator');
  const words = node.children.map((child) => child?.text ?? '');
  return !isFunction && !words.some((word) => /^(const|constexpr|static|friend|using)$/.test(word));
}

function isOverride({ type, text }: SyntaxNode): boolean {
  return type === 'virtual_specifier' && text === 'override';
}

/** `requests, reads counter` is two fields, an embedded type is one. */
function namesOf(field: SyntaxNode): number {
  const names = field.children.filter((child) => child?.type === 'field_identifier');
  return Math.max(1, names.length);
}
