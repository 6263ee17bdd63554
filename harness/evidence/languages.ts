/**
 * What the counts of source evidence look for, language by language, in the words of tree-sitter's
 * grammars, and their parsers as WebAssembly, which any Node can load.
 */
import { createRequire } from 'node:module';
import treeSitter, { type Node, type Parser } from '@vscode/tree-sitter-wasm';

export interface SourceLanguage {
  /** Of the grammar's file: tree-sitter-<grammar>.wasm. */
  readonly grammar: string;
  readonly extensions: readonly string[];
  /** Definitions that a variant can name: functions and types. */
  readonly definitions: readonly string[];
  /** Functions with a body; those without a name (lambdas) are not among them. */
  readonly functions: readonly string[];
  /** Each inside another is one level of nesting. */
  readonly nesting: readonly string[];
  readonly comments: readonly string[];
  /** Functions without a name: handed to another function, they are where it comes back. */
  readonly lambdas: readonly string[];
  /** What the arguments of a call are called. */
  readonly callArguments: readonly string[];
}

const LANGUAGES: readonly SourceLanguage[] = [
  {
    grammar: 'cpp',
    extensions: ['.cc', '.cpp', '.hpp', '.h'],
    definitions: ['function_definition', 'class_specifier', 'struct_specifier', 'enum_specifier'],
    functions: ['function_definition'],
    nesting: [
      ...['if_statement', 'for_statement', 'for_range_loop', 'while_statement'],
      ...['do_statement', 'switch_statement', 'try_statement'],
    ],
    comments: ['comment'],
    lambdas: ['lambda_expression'],
    callArguments: ['argument_list'],
  },
  {
    grammar: 'go',
    extensions: ['.go'],
    definitions: ['function_declaration', 'method_declaration', 'type_declaration'],
    functions: ['function_declaration', 'method_declaration'],
    nesting: [
      ...['if_statement', 'for_statement', 'expression_switch_statement'],
      ...['type_switch_statement', 'select_statement'],
    ],
    comments: ['comment'],
    lambdas: ['func_literal'],
    callArguments: ['argument_list'],
  },
  {
    grammar: 'javascript',
    extensions: ['.js', '.mjs', '.cjs'],
    definitions: ['function_declaration', 'method_definition', 'class_declaration'],
    functions: ['function_declaration', 'method_definition'],
    nesting: [
      ...['if_statement', 'for_statement', 'for_in_statement', 'while_statement'],
      ...['do_statement', 'switch_statement', 'try_statement'],
    ],
    comments: ['comment'],
    lambdas: ['arrow_function', 'function_expression'],
    callArguments: ['arguments'],
  },
  {
    grammar: 'rust',
    extensions: ['.rs'],
    definitions: ['function_item', 'struct_item', 'enum_item', 'impl_item'],
    functions: ['function_item'],
    nesting: [
      ...['if_expression', 'for_expression', 'while_expression', 'loop_expression'],
      'match_expression',
    ],
    comments: ['line_comment', 'block_comment'],
    lambdas: ['closure_expression'],
    callArguments: ['arguments'],
  },
];

export function languageOf(path: string): SourceLanguage | null {
  return LANGUAGES.find(({ extensions }) => extensions.some((end) => path.endsWith(end))) ?? null;
}

export type SyntaxNode = Node;

const parsers = new Map<string, Promise<Parser>>();

/** The root of a text's syntax tree. Loaded when it is first needed. */
export async function parseSource(text: string, { grammar }: SourceLanguage): Promise<SyntaxNode> {
  const parser = parsers.get(grammar) ?? load(grammar);
  parsers.set(grammar, parser);
  const tree = (await parser).parse(text);
  if (tree === null) throw new Error(`the ${grammar} grammar gives no tree`);
  return tree.rootNode;
}

async function load(grammar: string): Promise<Parser> {
  await treeSitter.Parser.init();
  const require = createRequire(import.meta.url);
  const file = require.resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${grammar}.wasm`);
  const parser = new treeSitter.Parser();
  parser.setLanguage(await treeSitter.Language.load(file));
  return parser;
}
