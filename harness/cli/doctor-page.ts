/** The page of `iomodels doctor`: findings -> text of a given width. Pure. */

import { number } from '../findings/format.js';
import type { Ability } from '../probe/abilities.js';
import type { SentinelReport } from '../probe/native.js';
import type { QuietLook } from '../probe/quiet.js';
import type { Measured } from '../results/schema.js';
import { type Findings, type Grade, gradeOf } from './doctor-findings.js';
import { wrap } from './text.js';

/** Columns of the mark that begins a row. */
const MARK_WIDTH = 9;
const MARGIN = '  ';
const INDENT = ' '.repeat(MARGIN.length + MARK_WIDTH);
/** CPUs named one by one: the worst. */
const CPUS_SHOWN = 4;

/** The whole page, with a line end. */
export function doctorPage(findings: Findings, width: number): string {
  const sections = [
    ['This machine', machineLines(findings)],
    ['What can be measured here', abilityLines(findings.abilities, width)],
    [`Limits, for ${findings.connections} connections`, limitLines(findings)],
    ['Programs that are used where they are found', toolLines(findings)],
    [quietTitle(findings), quietLines(findings.look)],
  ] as const;
  const text = sections.map(([title, lines]) =>
    [title, ...lines.map((line) => hang(line, width))].join('\n'),
  );
  return `${[...text, wrap(conclusion(findings), width)].join('\n\n')}\n`;
}

/** A line that begins with `start`; what does not fit goes below its text. */
interface Line {
  readonly start: string;
  readonly text: string;
}

function hang({ start, text }: Line, width: number): string {
  const below = ' '.repeat(start.length);
  return `${start}${wrap(text, width - start.length).replaceAll('\n', `\n${below}`)}`;
}

function row(mark: string, text: string): Line {
  return { start: `${MARGIN}${mark.padEnd(MARK_WIDTH)}`, text };
}

/** A line below the text of a row. */
function note(text: string): Line {
  return { start: INDENT, text };
}

function fix(remedy: string): Line {
  return { start: `${INDENT}fix: `, text: remedy };
}

function machineLines({ facts, cpus }: Findings): Line[] {
  const text = (key: string) => (facts[key] === null ? 'unknown' : String(facts[key]));
  const virtual = facts.hypervisor === true ? 'virtual machine' : null;
  const container = facts.container === null ? null : `container: ${text('container')}`;
  const what = [text('cpu_model'), `CPUs ${cpus.join(', ')}`, virtual, container, text('kernel')];
  const how = `preemption ${text('preemption')}, ${text('kernel_hz')} Hz, governor ${text('cpu_governor')}`;
  const clock = facts.clocksource === 'tsc' || facts.clocksource === null ? 'ok' : 'warn';
  return [
    { start: MARGIN, text: what.filter((part) => part !== null).join(' · ') },
    { start: MARGIN, text: how },
    ...governorLines(facts.cpu_governor),
    ...(clock === 'ok'
      ? []
      : [row('warn', `clock source ${text('clocksource')}: reading the clock is slow`)]),
  ];
}

function governorLines(governor: Findings['facts'][string] | undefined): Line[] {
  if (typeof governor !== 'string' || governor === 'performance') return [];
  return [
    row('warn', `the governor ${governor} changes the clock with the load`),
    fix('sudo cpupower frequency-set -g performance'),
  ];
}

function abilityLines(abilities: readonly Ability[], width: number): Line[] {
  const longest = Math.max(...abilities.map(({ name }) => name.length));
  const explained = new Set<string>();
  return abilities.flatMap(({ name, source, quality, why, remedy }) => {
    const text = `${name.padEnd(longest)}  ${source}`;
    if (quality !== 'unavailable') return usableLines(quality, text, why, width);
    const line = row('no', text);
    if (why === undefined) return [line];
    // The same reason as above needs no second explanation.
    if (explained.has(why)) return [line, note('for the same reason')];
    explained.add(why);
    return [line, note(why), ...remedy.map(fix)];
  });
}

/** What is not exact says why on its line where there is room, else below. */
function usableLines(quality: string, text: string, why: string | undefined, width: number) {
  if (why === undefined) return [row(quality, text)];
  const both = `${text}, ${why}`;
  const fits = INDENT.length + both.length <= width;
  return fits ? [row(quality, both)] : [row(quality, text), note(why)];
}

function limitLines({ limits, obstacle, connections }: Findings): Line[] {
  const longest = Math.max(...limits.map(({ name }) => name.length));
  const rows = limits.map(({ name, value, connections: most }) => {
    if (value === null || most === null) return row('unknown', name);
    const allows = Number.isFinite(most) ? `up to ${most} connections` : 'no limit';
    return row(most >= connections ? 'ok' : 'no', `${name.padEnd(longest)}  ${allows}`);
  });
  return obstacle === null ? rows : [...rows, note(obstacle.what), fix(obstacle.remedy)];
}

function toolLines({ tools }: Findings): Line[] {
  return tools.flatMap(({ name, use, found, remedy }) => {
    const line = row(found ? 'found' : 'missing', `${name.padEnd(8)}${use}`);
    return found ? [line] : [line, fix(remedy)];
  });
}

function quietTitle({ look }: Findings): string {
  return look === null
    ? 'How quiet it is'
    : `How quiet it is (a look of ${number(look.durationMs / 1000, 'table')} s)`;
}

/** A line that is graded as the check of a run would grade it. */
interface Graded {
  /** '' where no check has a limit. */
  readonly mark: Grade | 'unknown' | '';
  readonly text: string;
}

function quietLines(look: Findings['look']): Line[] {
  if (look === null) return [row('unknown', 'without the native addon nothing can spin')];
  const rest = look.sentinels.length - CPUS_SHOWN;
  const rows = quietRows(look).map(({ mark, text }) => row(mark, text));
  return rest > 0 ? [...rows, note(`${rest} more CPUs, none worse`)] : rows;
}

function quietRows(look: QuietLook): Graded[] {
  const { p50Us, p99Us, maxUs } = look.timer;
  const late = `${number(p50Us, 'table')} us late (p50), ${number(p99Us, 'table')} us (p99), at most ${number(maxUs, 'table')} us`;
  return [
    shareRow('steal_percent', 'stolen by the hypervisor', look.machine.steal_percent),
    shareRow('foreign_cpu_percent', 'used by other programs', look.foreignPercent),
    { mark: '', text: `sleeps of 1 ms end ${late}` },
    pairRow(look),
    ...sentinelRows(look),
  ];
}

function shareRow(check: string, what: string, entry: Measured | undefined): Graded {
  const value = entry?.value ?? null;
  if (value === null) return { mark: 'unknown', text: `${what}: ${entry?.why ?? 'not read'}` };
  return { mark: gradeOf(check, value), text: `${number(value, 'table')} % of the CPUs ${what}` };
}

/** The worst CPUs, in the order of their numbers. */
function sentinelRows({ sentinels }: QuietLook): Graded[] {
  const lost = ({ report }: QuietLook['sentinels'][number]) =>
    report.ok ? report.value.lostShare : Number.POSITIVE_INFINITY;
  return [...sentinels]
    .sort((a, b) => lost(b) - lost(a))
    .slice(0, CPUS_SHOWN)
    .sort((a, b) => a.cpu - b.cpu)
    .map(({ cpu, report }) =>
      report.ok
        ? sentinelRow(cpu, report.value)
        : { mark: 'unknown', text: `CPU ${cpu}: ${report.why}` },
    );
}

/** Above it, something preempts even a thread that only spins: a hint, which voids no block. */
const SPINS_WELL = { lostPercentMax: 0.5, gapUsMax: 2000 };

function sentinelRow(cpu: number, { lostShare, gaps, maxGapUs }: SentinelReport): Graded {
  const percent = 100 * lostShare;
  const isWell = percent <= SPINS_WELL.lostPercentMax && maxGapUs <= SPINS_WELL.gapUsMax;
  const gapText = `${gaps} gaps over 50 us, the longest ${number(maxGapUs, 'table')} us`;
  const text = `CPU ${cpu}: a spinning thread lost ${number(percent, 'table')} % in ${gapText}`;
  return { mark: isWell ? 'ok' : 'warn', text };
}

/** Below it, two CPUs do less than the work of two. */
const TWO_CORES_MIN = 1.6;

function pairRow({ pair }: QuietLook): Graded {
  if (!pair.ok) {
    return { mark: 'unknown', text: `no pair of CPUs for server and client: ${pair.why}` };
  }
  const { cpus, together } = pair.value;
  const two = together >= TWO_CORES_MIN;
  const meaning = two ? 'two cores' : 'siblings of one core, or stolen time';
  const text = `CPUs ${cpus.join(' and ')} together do ${number(together, 'table')} times the work of one: ${meaning}`;
  return { mark: two ? 'ok' : 'warn', text };
}

const GRADES: readonly Grade[] = ['ok', 'warn', 'void'];

function worst(marks: readonly Graded['mark'][]): Grade {
  return GRADES.filter((grade) => marks.includes(grade)).at(-1) ?? 'ok';
}

const QUIETNESS: Readonly<Record<Grade, string>> = {
  ok: 'The machine was quiet.',
  warn: 'The machine was not quite quiet: a run now would carry warnings.',
  void: 'The machine was loud: a run now would lose trials. Stop what else runs, then look again.',
};

function conclusion({ abilities, look }: Findings): string {
  const working = abilities.filter(({ quality }) => quality !== 'unavailable').length;
  const sources = `${working} of ${abilities.length} sources work here.`;
  if (look === null) return sources;
  return `${sources} ${QUIETNESS[worst(quietRows(look).map(({ mark }) => mark))]}`;
}
