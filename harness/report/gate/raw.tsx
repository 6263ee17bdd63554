/** The data behind the rows: every trial of the count lane, time, notes and the machine. */
import type { GateFile } from '../../gate/schema.js';
import { metricLabel, valueText } from '../../gate/text.js';
import { Scroll, Section } from '../section/parts.js';

type Sample = GateFile['counts'][number];

interface Line {
  readonly key: string;
  readonly first: Sample;
  readonly values: readonly (number | null)[];
}

function linesOf(samples: readonly Sample[]): Line[] {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const { variant, condition, metric, side } = sample;
    const key = [variant, condition, metric, side].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  return [...groups].map(([key, group]) => ({
    key,
    first: group[0] as Sample,
    values: [...group].sort((a, b) => a.trial - b.trial).map(({ value }) => value),
  }));
}

/** Every value of the count lane, in the order of its trials. */
export function CountTable({ file }: { file: GateFile }) {
  const lines = linesOf(file.counts);
  if (lines.length === 0) return null;
  return (
    <Section id="samples" title="Trials of the count lane">
      <Scroll label="Trials of the count lane">
        <table class="samples">
          <thead>
            <tr>
              <th scope="col">server</th>
              <th scope="col">side</th>
              <th scope="col">condition</th>
              <th scope="col">metric</th>
              <th scope="col">values, trial by trial</th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ key, first, values }) => (
              <tr key={key}>
                <th scope="row">{first.variant}</th>
                <td>{first.side}</td>
                <td>{first.condition}</td>
                <td>{metricLabel(first.metric)}</td>
                <td>
                  {values.every((value) => value === null)
                    ? (first.why ?? 'no value')
                    : values.map(valueText).join(', ')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Section>
  );
}

export function MachineFacts({ file }: { file: GateFile }) {
  const facts = Object.entries(file.environment).filter(([, value]) => value !== null);
  const seconds = (ms: number) => `${(ms / 1000).toFixed(0)} s`;
  return (
    <Section id="machine" title="Notes, time and machine">
      <ul>
        {file.notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
        <li>{file.durations.map(({ step, ms }) => `${step} ${seconds(ms)}`).join(', ')}</li>
        <li>
          Command: <code>{file.argv.join(' ')}</code>
        </li>
      </ul>
      <details>
        <summary>{`Machine class ${file.machineClass}`}</summary>
        <Scroll label="Facts about the machine">
          <table class="facts">
            <tbody>
              {facts.map(([name, value]) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{String(value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </details>
    </Section>
  );
}
