/**
 * Everything needed to check or repeat the run: command, versions, environment, programs, and where
 * the data is.
 */
import type { ComponentChildren } from 'preact';
import { instant } from '../../findings/format.js';
import type { Environment } from '../../results/schema.js';
import { DATA_ID, type EmbeddedData } from '../data.js';
import type { ReportModel, SubjectView } from '../model.js';
import { repeatCommand } from '../provenance.js';
import { Facts, type Row, Scroll, Section, SubjectName, Table } from './parts.js';
import { CalibrationTable, Thresholds } from './quality.js';

export function Data({ data }: { data: EmbeddedData }) {
  return (
    <>
      <h3 id="data">Data</h3>
      <p>
        Everything on this page was drawn from <a href="results.json">results.json</a>, which lies
        beside this file. This page carries it, too, so that it can travel alone:
      </p>
      <ul class="downloads" hidden>
        {data.blocks.map(({ id, file }) => (
          <li key={id}>
            <button type="button" data-download={id}>
              Download {file}
            </button>
          </li>
        ))}
      </ul>
      {data.thinned && (
        <p class="note">
          The full latency histograms of this large run are in results.json only; the copy in this
          page has their quantiles.
        </p>
      )}
      <details>
        <summary>Take it out without scripts</summary>
        <p class="note">
          The data is in the element <code>script#{DATA_ID}</code>, as base64 of gzip:
        </p>
        <Scroll label="Command to take the data out">
          <pre>
            <code>
              {`sed -n 's/.*<script id="${DATA_ID}"[^>]*>\\([^<]*\\)<.*/\\1/p' report.html | base64 -d | gunzip > results.json`}
            </code>
          </pre>
        </Scroll>
      </details>
    </>
  );
}

/** The blocks themselves, at the end of the document. */
export function DataBlocks({ data }: { data: EmbeddedData }) {
  return (
    <>
      {data.blocks.map(({ id, file, mediaType, base64 }) => (
        <script
          key={id}
          id={id}
          type="application/octet-stream"
          data-file={file}
          data-media-type={mediaType}
          dangerouslySetInnerHTML={{ __html: `${base64}` }}
        />
      ))}
    </>
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
  const said = ({ ready }: SubjectView) =>
    Object.entries(ready).map(([key, value]) => `${key}=${value}`);
  const rows = subjects.map((subject): Row => {
    const built = (
      <>
        {subject.build.command.join(' ')}
        <br />
        sha256 {subject.build.sha256}
      </>
    );
    const name = <SubjectName subject={subject} />;
    const cells = [name, subject.model, said(subject).join(' ') || 'nothing more', built];
    return { look: subject.role, cells };
  });
  return (
    <Table
      label="Programs measured"
      columns={[
        ...['Server', 'I/O model'],
        ['What it said when ready', 'mono text'],
        ['Command and build', 'mono text hash'],
      ]}
      rows={rows}
    />
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
