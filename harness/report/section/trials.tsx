/**
 * What went wrong: trials that failed or were void, warnings of the others, and variants that did
 * not take part.
 */

import { count, whole } from '../../findings/format.js';
import type { Check, Trial } from '../../results/schema.js';
import type { Figure } from '../chart/figure.js';
import type { ReportModel } from '../model.js';
import { FigureView } from './charts.js';
import { Section, Table } from './parts.js';

function Excluded({ trials }: { trials: readonly Trial[] }) {
  if (trials.length === 0) return <p>No trial failed or was void.</p>;
  const rows = trials.map(({ id, subject, status, reason }) => [
    ...[id, subject, status, reason ?? 'no reason was recorded'],
  ]);
  const columns = [['Trial', 'mono'], 'Server', 'Status', ['Reason', 'text']] as const;
  return <Table label="Failed and void trials" columns={columns} rows={rows} />;
}

interface Warning {
  readonly name: string;
  readonly first: Check;
  readonly trials: readonly string[];
}

function warningsOf(trials: readonly Trial[]): Warning[] {
  const found = new Map<string, Warning>();
  for (const trial of trials) {
    for (const check of trial.checks.filter(({ level }) => level === 'warn')) {
      const known = found.get(check.name) ?? { name: check.name, first: check, trials: [] };
      found.set(check.name, { ...known, trials: [...known.trials, trial.id] });
    }
  }
  return [...found.values()];
}

function Warnings({ warnings }: { warnings: readonly Warning[] }) {
  if (warnings.length === 0) return <p>No check gave a warning.</p>;
  return (
    <ul>
      {warnings.map(({ name, first, trials }) => (
        <li key={name}>
          <span class="mono">{name}</span> in {count(trials.length, 'trial', 'page')}, first in{' '}
          <span class="mono">{trials[0]}</span>: {first.text}
        </li>
      ))}
    </ul>
  );
}

function Skipped({ model }: { model: ReportModel }) {
  const { skipped } = model.results.header;
  if (skipped.length === 0) return <p>Every variant that was asked for took part.</p>;
  return (
    <ul>
      {skipped.map(({ variant, why }) => (
        <li key={variant}>
          <strong>{variant}</strong>: {why}
        </li>
      ))}
    </ul>
  );
}

export function Trials({ model, timeline }: { model: ReportModel; timeline: Figure | null }) {
  const { trials } = model.results;
  const excluded = trials.filter(({ status }) => status !== 'ok');
  const kept = trials.filter(({ status }) => status === 'ok');
  return (
    <Section id="trials" title="Trials">
      {timeline !== null && <FigureView figure={timeline} />}
      <h3>
        Failed and void{' '}
        <span class="unit">
          {whole(excluded.length)} of {count(trials.length, 'trial', 'page')}
        </span>
      </h3>
      <Excluded trials={excluded} />
      <h3>Warnings in trials that count</h3>
      <Warnings warnings={warningsOf(kept)} />
      <h3>Variants left out</h3>
      <Skipped model={model} />
    </Section>
  );
}
