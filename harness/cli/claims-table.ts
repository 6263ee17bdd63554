/**
 * The verdicts at the end of a run: each claim with its verdict, the sentence that explains it, the
 * thresholds that were fixed before, and where it turns out otherwise. Claims that this run has no
 * data for share one entry. Pure, but for printClaims.
 */
import pc from 'picocolors';
import { type Claim, type Decision, PARTS, type Part } from '../claims/claim.js';
import { isLeftOpen, type Judgement, judgeClaims, machineText } from '../claims/index.js';
import type { Results } from '../results/schema.js';
import { paintLines } from './columns.js';
import { type CliIo, hasColour, widthOf } from './io.js';
import { type Paint, PLAIN } from './table.js';
import { wrap } from './text.js';

/** Longer lines are hard to read. */
const WIDEST = 120;
const MARK_WIDTH = 16;
const FLIPS_SHOWN = 3;

/** All claims of a run as text; no line is longer than `width` (at least 80), but for words. */
export function renderClaims(
  judgements: readonly Judgement[],
  machine: string,
  width: number,
  paint: Paint = PLAIN,
): string {
  const open = judgements.filter(isLeftOpen);
  const settled = judgements.filter((judgement) => !isLeftOpen(judgement));
  const sections = (Object.keys(PARTS) as Part[]).flatMap((part) => {
    const mine = settled.filter(({ claim }) => claim.part === part);
    if (mine.length === 0) return [];
    return [[paint.title(PARTS[part]), ...mine.map((one) => entry(one, width, paint))].join('\n')];
  });
  const head = [paint.title('Claims, and what this run says'), wrap(machine, width)].join('\n');
  return `${[head, ...sections, ...leftOpen(open, width)].join('\n\n')}\n`;
}

/** Judges the run's claims and prints them, as wide as the terminal is. */
export function printClaims(results: Results, io: Pick<CliIo, 'stdout' | 'env'>): void {
  const { bold, dim } = pc.createColors(hasColour(io.stdout, io.env));
  const width = Math.min(widthOf(io.stdout), WIDEST);
  const paint = { title: bold, note: dim };
  io.stdout.write(`\n${renderClaims(judgeClaims(results), machineText(results), width, paint)}`);
}

function entry({ claim, decision }: Judgement, width: number, paint: Paint): string {
  const { sentence, flips } = decision;
  const shown = flips.slice(0, FLIPS_SHOWN).map((flip) => `But ${flip}.`);
  const more = flips.length - shown.length;
  const rest = more > 0 ? [`But also ${more} more, in the report.`] : [];
  const body = [sentence, ...shown, ...rest].map((text) => indented(text, width));
  const fixed = thresholdText(claim);
  return [
    marked(markOf(decision), `${claim.text} [${claim.id}]`, width),
    ...body,
    ...(fixed === null ? [] : [paintLines(indented(fixed, width), paint.note)]),
  ].join('\n');
}

/** The verdict in words; descriptions have none. */
function markOf({ verdict }: Decision): string {
  return verdict?.replace('-', ' ') ?? 'described';
}

/** `Fixed before: worse by at least: 10 %; confidence: 99 %.`; null for a description. */
function thresholdText({ thresholds }: Claim): string | null {
  if (thresholds.length === 0) return null;
  const texts = thresholds.map(({ label, value, unit }) => `${label}: ${value} ${unit}`);
  return `Fixed before: ${texts.join('; ')}.`;
}

/** One entry for all of them; what is known in part is in the report. */
function leftOpen(open: readonly Judgement[], width: number): string[] {
  if (open.length === 0) return [];
  const commands = open.flatMap(({ decision }) => decision.command ?? []);
  const names = open.map(({ claim }) => claim.id).join(', ');
  const command = [...new Set(commands)].map((text) => `\`${text}\``).join(', ');
  const them = open.length === 1 ? 'it' : 'them';
  const text = `${names}: this run has no data for ${them}; ${command} measures ${them}.`;
  return [marked('left open', text, width)];
}

function marked(mark: string, text: string, width: number): string {
  return `${mark.padEnd(MARK_WIDTH)}${indented(text, width).trimStart()}`;
}

/** Wrapped, to the right of the marks. */
function indented(text: string, width: number): string {
  const indent = ' '.repeat(MARK_WIDTH);
  return wrap(text, width - MARK_WIDTH)
    .split('\n')
    .map((line) => `${indent}${line}`)
    .join('\n');
}
