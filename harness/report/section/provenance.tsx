/**
 * Everything needed to check or repeat the run: command, versions, environment, programs, and where
 * the data is.
 */
import type { ComponentChildren } from 'preact';
import { instant } from '../../findings/format.js';
import type { Environment } from '../../results/schema.js';
import type { EmbeddedData } from '../data.js';
import type { ReportModel, SubjectView } from '../model.js';
import { repeatCommand } from '../provenance.js';
import { Data } from './data.js';
import { SubjectName } from './names.js';
import { Scroll, Section } from './parts.js';
import { CalibrationTable, Thresholds } from './quality.js';

function Facts({
  label,
  rows,
}: {
  label: string;
  rows: readonly (readonly [string, ComponentChildren])[];
}) {
  return (
    <Scroll label={label}>
      <table class="facts">
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function runFacts({ results }: ReportModel): [string, ComponentChildren][] {
  const { header, finishedAt } = results;
  const { version, commit, dirty } = header.harness;
  const state = dirty === null ? '' : dirty ? ', with uncommitted changes' : ', clean';
  return [
    ['Run', <span class="mono">{header.runId}</span>],
    ['Time', `${instant(header.startedAt)} to ${instant(finishedAt)}`],
    ['Profile', header.plan.profile],
    ['Seed', <span class="mono">{header.plan.seed}</span>],
    ['Reference', header.plan.reference],
    ['iomodels', `${version}, commit ${commit ?? 'unknown'}${state}`],
    ['Results format', `version ${results.schemaVersion}`],
  ];
}

function environmentFacts(environment: Environment): [string, ComponentChildren][] {
  return Object.entries(environment).map(([name, value]) => [
    name,
    value === null ? <span class="gap">could not be read</span> : String(value),
  ]);
}

function Programs({ subjects }: { subjects: readonly SubjectView[] }) {
  return (
    <Scroll label="Programs measured">
      <table class="data">
        <thead>
          <tr>
            <th scope="col">Server</th>
            <th scope="col">I/O model</th>
            <th scope="col">What it said when ready</th>
            <th scope="col">Command and build</th>
          </tr>
        </thead>
        <tbody>
          {subjects.map((subject) => (
            <tr key={subject.id} class={subject.role}>
              <th scope="row">
                <SubjectName subject={subject} />
              </th>
              <td>{subject.model}</td>
              <td class="mono text">
                {Object.entries(subject.ready)
                  .map(([key, value]) => `${key}=${value}`)
                  .join(' ') || 'nothing more'}
              </td>
              <td class="mono text hash">
                {subject.build.command.join(' ')}
                <br />
                sha256 {subject.build.sha256}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

export function Provenance({ model, data }: { model: ReportModel; data: EmbeddedData }) {
  const { header } = model.results;
  return (
    <Section id="provenance" title="Provenance">
      <h3>Repeat it</h3>
      <p class="note">In a clone of the repository at the commit below:</p>
      <Scroll label="Command to repeat the run">
        <pre>
          <code>{repeatCommand(header)}</code>
        </pre>
      </Scroll>
      <Data data={data} />
      <h3>Calibration</h3>
      <CalibrationTable calibration={header.calibration} />
      <h3>Limits of the checks</h3>
      <Thresholds thresholds={header.plan.thresholds} />
      <h3>Run</h3>
      <Facts label="Run" rows={runFacts(model)} />
      <h3>Environment</h3>
      <Facts label="Environment" rows={environmentFacts(header.environment)} />
      <h3>Programs measured</h3>
      <Programs subjects={model.subjects} />
    </Section>
  );
}
