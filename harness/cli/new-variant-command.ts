/** `iomodels new-variant`: a folder with a server that conforms and says where to change it. */
import path from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../errors.js';
import { REFERENCE_VARIANT } from '../plan/reference.js';
import { scaffold } from '../scaffold/scaffold.js';
import type { CommandContext } from './deps.js';
import { typedCommand } from './io.js';
import { requireNoSwallowedOptions } from './npm-options.js';

interface Options {
  readonly from: string;
  readonly dir?: string;
}

const NAME = /^[a-z][a-z0-9-]*$/;

export function defineNewVariant(program: Command, { io, deps, finish }: CommandContext): void {
  const typed = typedCommand('new-variant', io.env);
  const command = program
    .command('new-variant')
    .usage('<name> [options]')
    .summary('start a server of your own from one that conforms')
    .description(
      'Writes a folder with a small server that conforms, and marks what to change; docs/ADD-A-VARIANT.md goes on from there.',
    )
    .argument('<name>', 'lower-case letters, digits and dashes')
    .option('--from <template>', 'c, cpp, go, rust, node, or any: a program that is there', 'c')
    .option('--dir <folder>', 'where the folder is made (servers/ in the repository)')
    .addHelpText(
      'after',
      `\nExamples:\n  ${typed} my-server --from go\n  ${typed} my-server --from rust --dir ..`,
    );
  command.action(async (name: string, { from, dir }: Options) => {
    requireNoSwallowedOptions(command, io.env);
    if (!NAME.test(name)) {
      const remedy = 'use lower-case letters, digits and dashes: my-server';
      throw new UserError(`"${name}" cannot be the name of a variant`, remedy, { exitCode: 2 });
    }
    const root = deps.root();
    const home = dir === undefined ? path.join(root, 'servers') : path.resolve(io.cwd(), dir);
    const folder = path.join(home, name);
    const files = await scaffold({ name, template: from, folder }, root);
    const shown = path.relative(io.cwd(), folder);
    const away = dir === undefined ? '' : ` --variant-dir ${shown}`;
    io.stdout.write(
      [
        ...files.map((file) => path.join(shown, file)),
        '',
        'Next (CHANGE marks what is yours):',
        `  npm run conformance -- ${name}${away}`,
        `  npm run compare -- --variants ${REFERENCE_VARIANT},${name}${away} --profile smoke`,
        '',
      ].join('\n'),
    );
    finish(0);
  });
}
