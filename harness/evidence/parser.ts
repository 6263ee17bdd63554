/** Syntax trees of source files: tree-sitter's parsers as WebAssembly, which any Node can load. */
import { createRequire } from 'node:module';
import { Language, type Node, Parser } from 'web-tree-sitter';
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
  await Parser.init();
  const require = createRequire(import.meta.url);
  const file = require.resolve(`tree-sitter-wasms/tree-sitter-${grammar}.wasm`);
  const parser = new Parser();
  parser.setLanguage(await Language.load(file));
  return parser;
}
