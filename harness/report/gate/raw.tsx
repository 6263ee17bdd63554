/** The data behind the rows: every trial of the count lane, time, notes and the machine. */
import type { GateFile } from '../../gate/schema.js';
import { metricLabel, valueText } from '../../gate/text.js';
import { Facts, Section, Table } from '../section/parts.js';

type Sample = GateFile['counts'][number];

interface Line {
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
  return [...groups.values()].map((group) => ({
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
      <Table
        label="Trials of the count lane"
        look="samples"
        columns={['server', 'side', 'condition', 'metric', 'values, trial by trial']}
        rows={lines.map(({ first, values }) => [
          ...[first.variant, first.side, first.condition, metricLabel(first.metric)],
          values.every((value) => value === null)
            ? (first.why ?? 'no value')
            : values.map(valueText).join(', '),
        ])}
      />
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
        <Facts
          label="Facts about the machine"
          rows={facts.map(([name, value]) => [name, String(value)])}
        />
      </details>
    </Section>
  );
}
