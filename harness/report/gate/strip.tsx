/**
 * One row of the gate as a picture: how much worse, with its bounds, on an axis on which better is
 * left; the shaded part is what is allowed. Drawn by hand: a chart library would draw axes 20
 * times.
 */
import type { GateRow } from '../../gate/rows.js';
import { changeText, shareText } from '../../gate/text.js';

const WIDTH = 240;
const HEIGHT = 32;
const MIDDLE = 12;
const PAD = 6;

/** Relative change -> px. The same for all rows of a table, so that they can be compared. */
export type Axis = (change: number) => number;

/** Symmetric about no change, wide enough for every bound and margin, at most 60 % to a side. */
export function stripAxis(rows: readonly GateRow[]): {
  readonly axis: Axis;
  readonly reach: number;
} {
  const ends = rows.flatMap(({ change, lo, hi, allowed }) =>
    change === null ? [] : [change, lo ?? 0, hi ?? 0, allowed].map(Math.abs),
  );
  const reach = Math.min(0.6, Math.max(0.02, ...ends) * 1.1);
  const half = WIDTH / 2 - PAD;
  const axis = (change: number) =>
    WIDTH / 2 + (half * Math.max(-reach, Math.min(reach, change))) / reach;
  return { axis, reach };
}

const INK: Readonly<Record<GateRow['verdict'], string>> = {
  pass: 'var(--good)',
  fail: 'var(--bad)',
  inconclusive: 'var(--ink)',
  skipped: 'var(--muted)',
};

export function Strip({ row, axis, reach }: { row: GateRow; axis: Axis; reach: number }) {
  const { change, lo, hi, allowed, verdict } = row;
  if (change === null) return <span class="gap">no value</span>;
  const ink = INK[verdict];
  const label = `${changeText(change)}, allowed ${shareText(allowed)}`;
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <rect x={PAD} y={MIDDLE - 8} width={axis(allowed) - PAD} height={16} fill="var(--sunken)" />
      <path d={`M${axis(0)},${MIDDLE - 10}V${MIDDLE + 10}`} stroke="var(--axis)" />
      <path
        d={`M${axis(allowed)},${MIDDLE - 10}V${MIDDLE + 10}`}
        stroke="var(--bad-rule)"
        stroke-dasharray="3 2"
      />
      {lo !== null && hi !== null && (
        <path d={`M${axis(lo)},${MIDDLE}H${axis(hi)}`} stroke={ink} stroke-width="2" />
      )}
      <circle cx={axis(change)} cy={MIDDLE} r="4" fill={ink} />
      <text x={PAD} y={HEIGHT - 1} font-size="9" fill="var(--muted)">
        {`−${shareText(reach)}`}
      </text>
      <text x={WIDTH - PAD} y={HEIGHT - 1} font-size="9" fill="var(--muted)" text-anchor="end">
        {`+${shareText(reach)}`}
      </text>
    </svg>
  );
}
