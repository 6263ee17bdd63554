/**
 * The command line: arguments -> one command -> an exit status (0 done, 1 partial or failed, 2
 * wrong arguments).
 */
import { Command, CommanderError } from 'commander';
import { defineCompare } from './compare-command.js';
import { defineConformance } from './conformance-command.js';
import { type CliDeps, type CommandContext, REAL_DEPS } from './deps.js';
import { defineDoctor } from './doctor-command.js';
import { argumentError, describeFailure } from './failure.js';
import { defineGate } from './gate-command.js';
import { defineGateQualify } from './gate-qualify-command.js';
import { type CliIo, typedCommand, widthOf } from './io.js';
import { defineMicro } from './micro-command.js';
import { defineNewVariant } from './new-variant-command.js';
import { defineReport } from './report-command.js';

/** Never throws: what goes wrong is printed to stderr and becomes the exit status. */
export async function runCli(
  argv: readonly string[],
  io: CliIo,
  deps: CliDeps = REAL_DEPS,
): Promise<number> {
  let exitCode = 0;
  const finish = (code: number) => {
    exitCode = code;
  };
  const program = defineProgram({ io, deps, argv, finish });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && isHelp(error)) return argv.length === 0 ? 2 : 0;
    const translated =
      error instanceof CommanderError ? argumentError(error, program, argv, io.env) : error;
    // In a log, a message on one line is the one that can be searched for.
    const width = io.stderr.isTTY === true ? widthOf(io.stderr) : Number.POSITIVE_INFINITY;
    const failure = describeFailure(translated, width);
    io.stderr.write(failure.text);
    return failure.exitCode;
  }
}

function isHelp({ code }: CommanderError): boolean {
  return code === 'commander.help' || code === 'commander.helpDisplayed';
}

function defineProgram(context: CommandContext): Command {
  const { io } = context;
  const program = new Command('iomodels')
    .description("What does a server's I/O model cost? Measured on this machine, with intervals.")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      // Printed once, by runCli, together with what to do.
      outputError: () => {},
      getOutHelpWidth: () => widthOf(io.stdout),
      getErrHelpWidth: () => widthOf(io.stderr),
    })
    .configureHelp({
      subcommandTerm: (command) => command.name(),
      commandUsage: (command) =>
        command.parent === null
          ? 'iomodels <command> [options]'
          : `${typedCommand(command.name(), io.env)} ${command.usage()}`,
    })
    .addHelpText('after', '\nMore about a command: iomodels <command> --help');
  defineCompare(program, context);
  defineReport(program, context);
  defineGate(program, context);
  defineGateQualify(program, context);
  defineMicro(program, context);
  defineDoctor(program, context);
  defineConformance(program, context);
  defineNewVariant(program, context);
  return program;
}
