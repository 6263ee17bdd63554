/** The headline table: one block of rows per number of connections, one row per server. */
import { count, interval, number, ratio, ratioInterval, whole } from '../../findings/format.js';
import { METRICS } from '../../results/metrics.js';
import { type Condition, type MetricName, workloadText } from '../../results/schema.js';
import { type GapLine, gapLines } from '../gaps.js';
import {
  type Gap,
  isPlanned,
  type Ladder,
  type RatioCell,
  type ReportModel,
  rateOf,
  type Scenario,
  type SubjectView,
  type ValueCell,
} from '../model.js';
import { Gaps, NumberCell, Scroll, Section, SubjectName } from './parts.js';

const COLUMNS: readonly { readonly metric: MetricName; readonly head: string }[] = [
  { metric: 'latency_us_p50', head: 'p50, µs' },
  { metric: 'latency_us_p99', head: 'p99, µs' },
  { metric: 'latency_us_p999', head: 'p99.9, µs' },
  { metric: 'cpu_us_per_request', head: 'CPU per request, µs' },
  { metric: 'voluntary_switches_per_request', head: 'Voluntary switches' },
];

function Rows({ model, condition }: { model: ReportModel; condition: Condition }) {
  const subjects = model.subjects.filter(({ id }) => isPlanned(model.results, condition, id));
  return (
    <tbody>
      <tr class="group">
        <th scope="rowgroup" colSpan={COLUMNS.length + 1}>
          <span>{whole(rateOf(condition))} requests/s</span>
        </th>
      </tr>
      {subjects.map((subject) => (
        <tr key={subject.id} class={subject.role}>
          <th scope="row">
            <SubjectName subject={subject} />
          </th>
          {COLUMNS.map(({ metric }) => {
            const place = { ...model.placeOf(condition), subject: subject.id, metric };
            const cell = model.value(place);
            if (cell.kind === 'gap') {
              return (
                <td key={metric} class="num gap" title={cell.why}>
                  no value
                </td>
              );
            }
            return (
              <NumberCell key={metric} bounds={interval(cell.interval)}>
                {number(cell.median, 'page')}
              </NumberCell>
            );
          })}
        </tr>
      ))}
    </tbody>
  );
}

function LadderTable({ model, ladder }: { model: ReportModel; ladder: Ladder }) {
  const what = `${workloadText(ladder)}, ${count(ladder.connections, 'connection', 'page')}, open loads`;
  return (
    <details>
      <summary>
        {what}: {count(ladder.conditions.length, 'rate', 'page')}
      </summary>
      <Scroll label={what}>
        <table class="headline">
          <caption>
            <span>
              Latency from the instant a request was due. Large: median over trials. Small: its 95 %
              interval. Reasons for missing values are under the charts.
            </span>
          </caption>
          <thead>
            <tr>
              <th scope="col">Server</th>
              {COLUMNS.map(({ metric, head }) => (
                <th key={metric} scope="col" class="num">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          {ladder.conditions.map((condition) => (
            <Rows key={condition.id} model={model} condition={condition} />
          ))}
        </table>
      </Scroll>
    </details>
  );
}

interface Column {
  readonly metric: MetricName;
  readonly head: string;
  /** Left out of a table in which no server has it. */
  readonly isExtra?: true;
}

const ALL_COLUMNS: readonly Column[] = [
  { metric: 'cpu_us_per_request', head: 'CPU per request' },
  { metric: 'client_cpu_us_per_request', head: 'CPU of the client', isExtra: true },
  { metric: 'requests_per_wait', head: 'Requests per wait', isExtra: true },
  { metric: 'requests_per_cpu_s', head: 'Requests per CPU-second' },
  { metric: 'instructions_per_request', head: 'Instructions', isExtra: true },
  { metric: 'requests_per_s', head: 'Throughput' },
  { metric: 'latency_us_p50', head: 'Latency p50' },
  { metric: 'latency_us_p99', head: 'Latency p99' },
  { metric: 'voluntary_switches_per_request', head: 'Voluntary switches' },
  { metric: 'involuntary_switches_per_request', head: 'Involuntary switches' },
];

const HEAD_UNITS: Partial<Record<MetricName, string>> = {
  requests_per_cpu_s: 'requests/s',
};

/** The metric whose paired ratio is in the table; all others are in the charts' tables. */
const RATIO_METRIC: MetricName = 'cpu_us_per_request';

function Value({ cell }: { cell: ValueCell | Gap }) {
  if (cell.kind === 'gap') return <td class="num gap">no value</td>;
  return (
    <NumberCell bounds={interval(cell.interval)}>
      {cell.lowerBound && <abbr title="lower bound: the load client's CPU was the limit">≥</abbr>}
      {cell.lowerBound && ' '}
      {number(cell.median, 'page')}
    </NumberCell>
  );
}

function Ratio(props: { cell: RatioCell | Gap; value: ValueCell | Gap; subject: SubjectView }) {
  const { cell, value } = props;
  if (props.subject.role === 'reference' && value.kind === 'value') {
    return <NumberCell bounds="by definition">1</NumberCell>;
  }
  if (cell.kind === 'gap') return <td class="num gap">no ratio</td>;
  const same = cell.interval !== null && cell.interval.lo <= 1 && cell.interval.hi >= 1;
  return (
    <NumberCell bounds={ratioInterval(cell.interval, 'page')}>
      {same && <abbr title="the interval covers 1: no difference shown">~</abbr>}
      {same && ' '}
      {ratio(cell.ratio, 'page')}
    </NumberCell>
  );
}

interface BlockProps {
  readonly model: ReportModel;
  readonly scenario: Scenario;
  readonly connections: number;
  readonly columns: readonly Column[];
}

/** Those that any server has a value for, somewhere in the table. */
function columnsOf(model: ReportModel, scenario: Scenario): Column[] {
  const isKnown = (metric: MetricName) =>
    scenario.counts.some((connections) =>
      model.subjects.some(
        ({ id }) => model.value({ ...scenario, subject: id, connections, metric }).kind === 'value',
      ),
    );
  return ALL_COLUMNS.filter(({ metric, isExtra }) => isExtra !== true || isKnown(metric));
}

/** Subjects that the plan has there: a server that is not has no row, and no gap. */
function planned(model: ReportModel, scenario: Scenario, connections: number): SubjectView[] {
  return model.subjects.filter(({ id }) => model.takesPart(id, { ...scenario, connections }));
}

function Block({ model, scenario, connections, columns }: BlockProps) {
  const place = (subject: SubjectView, metric: MetricName) => ({
    ...scenario,
    subject: subject.id,
    connections,
    metric,
  });
  return (
    <tbody>
      <tr class="group">
        <th scope="rowgroup" colSpan={columns.length + (model.reference === null ? 1 : 2)}>
          <span>{count(connections, 'connection', 'page')}</span>
        </th>
      </tr>
      {planned(model, scenario, connections).map((subject) => (
        <tr key={subject.id} class={subject.role}>
          <th scope="row">
            <SubjectName subject={subject} />
          </th>
          {columns.flatMap(({ metric }) => [
            <Value key={metric} cell={model.value(place(subject, metric))} />,
            model.reference !== null && metric === RATIO_METRIC && (
              <Ratio
                key={`${metric}-ratio`}
                cell={model.ratio(place(subject, metric))}
                value={model.value(place(subject, metric))}
                subject={subject}
              />
            ),
          ])}
        </tr>
      ))}
    </tbody>
  );
}

function Head(props: { reference: SubjectView | null; columns: readonly Column[] }) {
  const { reference, columns } = props;
  return (
    <thead>
      <tr>
        <th scope="col">Server</th>
        {columns.flatMap(({ metric, head }) => [
          <th key={metric} scope="col" class="num">
            {head} <span class="unit">{HEAD_UNITS[metric] ?? METRICS[metric].shownUnit}</span>
          </th>,
          reference !== null && metric === RATIO_METRIC && (
            <th key={`${metric}-ratio`} scope="col" class="num">
              CPU ratio <span class="unit">to {reference.id}</span>
            </th>
          ),
        ])}
      </tr>
    </thead>
  );
}

/** Why cells are empty or lack an interval. */
function valueGaps(model: ReportModel, scenario: Scenario, columns: readonly Column[]): GapLine[] {
  const subjects = model.subjects.map(({ id }) => id);
  const items = scenario.counts.flatMap((connections) =>
    planned(model, scenario, connections).flatMap(({ id: subject }) =>
      columns.flatMap(({ metric, head }) => {
        const cell = model.value({ ...scenario, subject, connections, metric });
        const why = cell.kind === 'gap' || cell.interval === null ? cell.why : null;
        return why === null ? [] : [{ what: head, subject, connections, why }];
      }),
    ),
  );
  return gapLines(items, { whats: columns.map(({ head }) => head), subjects });
}

/** The same for the column of ratios. */
function ratioGaps(model: ReportModel, scenario: Scenario): GapLine[] {
  if (model.reference === null) return [];
  const subjects = model.subjects.filter(({ role }) => role !== 'reference').map(({ id }) => id);
  const items = scenario.counts.flatMap((connections) =>
    planned(model, scenario, connections).flatMap(({ id: subject, role }) => {
      if (role === 'reference') return [];
      const cell = model.ratio({ ...scenario, subject, connections, metric: RATIO_METRIC });
      const why = cell.kind === 'gap' || cell.interval === null ? cell.why : null;
      return why === null ? [] : [{ what: 'CPU ratio', subject, connections, why }];
    }),
  );
  const lines = gapLines(items, { whats: ['CPU ratio'], subjects });
  return lines.map(({ where, why }) => ({ where: `CPU ratio of ${where}`, why }));
}

function Scenarios({ model, scenario }: { model: ReportModel; scenario: Scenario }) {
  const columns = columnsOf(model, scenario);
  return (
    <>
      {model.scenarios.length > 1 && (
        <h3>
          Workload {workloadText(scenario)}, {scenario.load}
        </h3>
      )}
      <Scroll label={`Headline table, ${workloadText(scenario)}, ${scenario.load}`}>
        <table class="headline">
          <caption>
            <span>
              Workload {workloadText(scenario)}, {scenario.load} loop. Large: median over trials.
              Small: its 95 % interval.
            </span>
          </caption>
          <Head reference={model.reference} columns={columns} />
          {scenario.counts.map((connections) => (
            <Block
              key={connections}
              model={model}
              scenario={scenario}
              connections={connections}
              columns={columns}
            />
          ))}
        </table>
      </Scroll>
      <Gaps lines={[...valueGaps(model, scenario, columns), ...ratioGaps(model, scenario)]} />
    </>
  );
}

export function Headline({ model }: { model: ReportModel }) {
  return (
    <Section id="table" title="All numbers">
      {model.scenarios.map((scenario) => (
        <Scenarios
          key={`${workloadText(scenario)} ${scenario.load}`}
          model={model}
          scenario={scenario}
        />
      ))}
      {model.ladders.map((ladder) => (
        <LadderTable
          key={`${workloadText(ladder)} ${ladder.connections}`}
          model={model}
          ladder={ladder}
        />
      ))}
      <p class="note">
        {model.reference === null
          ? 'The reference did not take part, so there are no ratios. '
          : '~ before a ratio: its interval covers 1, so this run shows no difference. '}
        ≥ before a value: a lower bound, because the load client ran out of CPU before the server
        did; such values are not compared. Lower is better, except for requests per CPU-second and
        throughput. Requests per wait says how many the server found ready at once; no value of it
        is better, but CPU per request depends on it. On loopback the client pays for waking a
        server that sleeps: read its CPU together with the server's.
      </p>
    </Section>
  );
}
