/** A qualification on the terminal. Pure. */

import { duration } from '../findings/format.js';
import type { Qualification, Rate } from '../gate/qualification.js';
import { changeText } from '../gate/text.js';
import { type Column, columnsFor, layOut } from './columns.js';
import { wrap } from './text.js';

const PROSE_WIDTH = 100;

/** No line is longer than `width` (at least 80), but for words that are. Ends with a newline. */
export function renderQualification(content: Qualification, width: number): string {
  const { qualified, machineClass, reasons, rates, durationMs } = content;
  const prose = Math.min(width, PROSE_WIDTH);
  const [top = '', bottom = '', ...rows] = layOut(columnsOf(rates), width);
  const why = rates.flatMap(({ what, variant, condition, why: text }) =>
    text === undefined ? [] : [`${what}, ${variant}, ${condition}: ${text}`],
  );
  const lines = [
    `${qualified ? 'QUALIFIED' : 'NOT QUALIFIED'}: ${machineClass}`,
    ...reasons.map((reason) => wrap(`- ${reason}`, prose, '  ')),
    '',
    ...[top, bottom, ...rows],
    '',
    ...why.map((text) => wrap(text, prose, '  ')),
    wrap(
      'Failed: decisions that ended in a fail, with the 95 % interval of Clopper and Pearson. Decisions are drawn from the ' +
        'same blocks again and again, so they are not independent: the intervals describe these blocks. ' +
        'indep.: decisions that share no block. Effect: CPU per request over all blocks.',
      prose,
      '  ',
    ),
    `took ${duration(durationMs)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function columnsOf(rates: readonly Rate[]): Column[] {
  return columnsFor(rates, [
    ['what', 'left', label],
    ['condition', 'left', ({ condition }) => condition],
    ['aim', 'right', ({ aim }) => (aim === null ? '' : changeText(aim))],
    ['effect', 'right', ({ effect }) => changeText(effect?.change ?? null)],
    ['failed', 'right', failedCell],
    ['open', 'right', ({ inconclusive }) => String(inconclusive)],
    ['pass', 'right', ({ pass }) => String(pass)],
    ['indep.', 'right', ({ independent }) => String(independent)],
  ]);
}

/** `A/A callback-epoll`, `10 % disturbed callback-epoll`, or what was injected. */
function label({ what, kind, variant }: Rate): string {
  switch (kind) {
    case 'same':
      return `${what} ${variant}`;
    case 'disturbed':
      return `${/\d+ %/.exec(what)?.[0] ?? ''} disturbed ${variant}`;
    case 'slower':
      return what;
  }
}

function failedCell({ fail, decisions, failRate }: Rate): [string, string] {
  if (failRate === null) return ['-', ''];
  const percent = (share: number) => (100 * share).toFixed(0);
  return [`${fail}/${decisions}`, `${percent(failRate.lo)}–${percent(failRate.hi)} %`];
}
