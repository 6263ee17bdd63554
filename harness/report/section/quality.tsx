/** How far the run can be believed, before anything that it found. */
import { count } from '../../findings/format.js';
import { partName, type QualityPart } from '../../results/quality.js';
import type { Calibration, Plan, Results } from '../../results/schema.js';
import { QUALITY_TEXTS } from '../text.js';
import { List, Table } from './parts.js';

/** More would push the table off the first screen. */
const REASONS_SHOWN = 2;

/** `2 invalid, 3 noisy, 5 clean`, and which. */
function Parts({ parts }: { parts: readonly QualityPart[] }) {
  const tally = (['invalid', 'noisy', 'clean'] as const).flatMap((level) => {
    const n = parts.filter((part) => part.level === level).length;
    return n === 0 ? [] : [`${n} ${level}`];
  });
  return (
    <details>
      <summary>
        {count(parts.length, 'part', 'page')}: {tally.join(', ')}
      </summary>
      <Table
        label="Quality by part"
        columns={['Part', 'Level', ['Why', 'text']]}
        rows={parts.map(({ id, level, reasons }) => [partName(id), level, reasons.join('; ')])}
      />
    </details>
  );
}

export function Quality({ results }: { results: Results }) {
  const { level, reasons, parts = [] } = results.quality;
  const [colour, title, text] = QUALITY_TEXTS[level];
  const rest = reasons.slice(REASONS_SHOWN);
  return (
    <div class={level === 'clean' ? 'outcome' : 'outcome notice'}>
      <p>
        <strong class={`chip ${colour}`}>{title}</strong> {text}
      </p>
      {reasons.length > 0 && <List items={reasons.slice(0, REASONS_SHOWN)} />}
      {rest.length > 0 && (
        <details>
          <summary>{count(rest.length, 'more reason', 'page')}</summary>
          <List items={rest} />
        </details>
      )}
      {parts.length > 0 && level !== 'clean' && <Parts parts={parts} />}
    </div>
  );
}

function figure(value: number | null): string {
  return value === null ? 'not measured' : String(Number(value.toPrecision(4)));
}

function Values({ calibration }: { calibration: Calibration }) {
  const rows = calibration.values.map(({ name, value, unit, source, why }) => [
    ...[name, value === null ? (why ?? figure(value)) : `${figure(value)} ${unit}`, source],
  ]);
  const columns = [['Instrument', 'mono'], 'Value', ['Source', 'text']] as const;
  return <Table label="Calibration" columns={columns} rows={rows} />;
}

/** What the instruments cost and can do, and whether they were right about known servers. */
export function CalibrationTable({ calibration }: { calibration: Calibration | null }) {
  if (calibration === null) return <p>The run was asked to do without.</p>;
  return (
    <>
      <ul>
        {calibration.selfTests.map(({ name, ok, text }) => (
          <li key={name}>
            Self-test <span class="mono">{name}</span>: {ok ? 'passed' : 'failed'}; {text}
          </li>
        ))}
      </ul>
      <Values calibration={calibration} />
    </>
  );
}

/** The limits that every trial was checked against, as they were fixed before the run. */
export function Thresholds({ thresholds }: Pick<Plan, 'thresholds'>) {
  const limit = (value: number | null) => (value === null ? 'never' : `above ${value}`);
  const rows = Object.entries(thresholds).map(([name, { warn, void: voids, unit }]) => [
    ...[name, unit, limit(warn), limit(voids)],
  ]);
  const columns = [['Check', 'mono'], 'Unit', 'Warns', 'Voids the trial'] as const;
  return <Table label="Limits of the checks" columns={columns} rows={rows} />;
}
