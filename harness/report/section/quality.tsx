/** How reliable the run is, before anything that it found. */

import { count } from '../../findings/format.js';
import { partName, type QualityPart } from '../../results/quality.js';
import type { Calibration, Plan, Results } from '../../results/schema.js';
import { QUALITY_TEXTS } from '../words.js';
import { Scroll } from './parts.js';

/** More would push the table off the first screen. */
const REASONS_SHOWN = 2;

function Reasons({ reasons }: { reasons: readonly string[] }) {
  return (
    <ul>
      {reasons.map((reason) => (
        <li key={reason}>{reason}</li>
      ))}
    </ul>
  );
}

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
      <Scroll label="Quality by part">
        <table class="data">
          <thead>
            <tr>
              <th scope="col">Part</th>
              <th scope="col">Level</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {parts.map(({ id, level, reasons }) => (
              <tr key={id}>
                <th scope="row">{partName(id)}</th>
                <td>{level}</td>
                <td class="text">{reasons.join('; ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
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
      {reasons.length > 0 && <Reasons reasons={reasons.slice(0, REASONS_SHOWN)} />}
      {rest.length > 0 && (
        <details>
          <summary>{count(rest.length, 'more reason', 'page')}</summary>
          <Reasons reasons={rest} />
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
  return (
    <Scroll label="Calibration">
      <table class="data">
        <thead>
          <tr>
            <th scope="col">Instrument</th>
            <th scope="col">Value</th>
            <th scope="col">Source</th>
          </tr>
        </thead>
        <tbody>
          {calibration.values.map(({ name, value, unit, source, why }) => (
            <tr key={name}>
              <th scope="row" class="mono">
                {name}
              </th>
              <td>{value === null ? (why ?? figure(value)) : `${figure(value)} ${unit}`}</td>
              <td class="text">{source}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
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
  return (
    <Scroll label="Limits of the checks">
      <table class="data">
        <thead>
          <tr>
            <th scope="col">Check</th>
            <th scope="col">Unit</th>
            <th scope="col">Warns</th>
            <th scope="col">Voids the trial</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(thresholds).map(([name, { warn, void: voids, unit }]) => (
            <tr key={name}>
              <th scope="row" class="mono">
                {name}
              </th>
              <td>{unit}</td>
              <td>{limit(warn)}</td>
              <td>{limit(voids)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
