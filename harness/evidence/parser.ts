/** Syntax trees of source files: tree-sitter's parsers as WebAssembly, which any Node can load. */
import { createRequire } from 'node:module';
import treeSitter, { type Node, type Parser } from '@vscode/tree-sitter-wasm';
import type { SourceLanguage } from './languages.js';

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
