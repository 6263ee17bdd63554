/** All numbers of an open load: one row per rate and server, folded away but for the common rate. */

import { count, interval, number, whole } from '../../findings/format.js';
import { type Condition, type MetricName, workloadText } from '../../results/schema.js';
import { isPlanned, type Ladder, type ReportModel, rateOf } from '../model.js';
import { SubjectName } from './names.js';
import { NumberCell, Scroll } from './parts.js';

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

export function LadderTable({ model, ladder }: { model: ReportModel; ladder: Ladder }) {
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
