/**
 * How it was measured, and what that cannot tell. Short; the repository's docs have the whole
 * method.
 */
import type { Plan } from '../../results/schema.js';
import { count, whole } from '../format.js';
import type { ReportModel } from '../model.js';
import { cpuList } from '../provenance.js';
import { Section } from './parts.js';

const CLIENTS: Readonly<Record<Plan['client'], string>> = {
  native: 'iomodels’ own load client',
  autocannon: 'autocannon',
  wrk: 'wrk',
};

function Procedure({ plan }: { plan: Plan }) {
  const { serverCpus, clientCpus } = plan.placement;
  return (
    <ul>
      <li>
        <strong>Trial.</strong> A fresh server process on {cpuList(serverCpus)}, the load client (
        {CLIENTS[plan.client]}) on {cpuList(clientCpus)}. All connections are made first; after{' '}
        {whole(plan.warmupMs)} ms of warm-up one window of {whole(plan.windowMs)} ms is measured.
        Every reply is checked byte for byte.
      </li>
      <li>
        <strong>Block.</strong> One trial of every server, in an order drawn from the seed; every
        second block mirrors the one before. {count(plan.blocks, 'block')} per condition were
        planned.
      </li>
      <li>
        <strong>Counters.</strong> CPU time and context switches are those that the kernel kept for
        the whole server process between two snapshots around the window, divided by the requests
        completed between them.
      </li>
      <li>
        <strong>Ratios.</strong> Each server’s trial is divided by {plan.reference}’s trial of the
        same block, so a slow minute of the machine hits both.
      </li>
    </ul>
  );
}

/** What a reader must know of the program that sent the requests. */
function Client({ header }: { header: ReportModel['results']['header'] }) {
  return (
    <>
      <p>
        {header.plan.client}, version {header.client.version}.
      </p>
      <ul>
        {header.client.limits.map((limit) => (
          <li key={limit}>{limit}</li>
        ))}
      </ul>
    </>
  );
}

function Limits() {
  return (
    <ul>
      <li>
        <strong>Closed loop.</strong> Every connection waits for its reply before it sends again, so
        a slow server slows its own load. Latency from a closed loop is not latency under load: it
        says how long one exchange takes with that many connections, not how a server behaves when
        requests keep coming.
      </li>
      <li>
        <strong>Loopback.</strong> Over the loopback interface the sender’s <code>send()</code> also
        runs the receiver’s TCP input path, so part of the network stack’s cost is charged to the
        other side. Differences between servers on one machine remain meaningful; absolute figures
        do not carry over to a real network, nor to another machine.
      </li>
      <li>
        <strong>Small requests.</strong> A 12-byte reply makes the I/O model as large a share of the
        cost as it can be; work per request makes it smaller.
      </li>
    </ul>
  );
}

export function Method({ model }: { model: ReportModel }) {
  return (
    <Section id="method" title="How it was measured">
      <div class="columns">
        <div>
          <h3>Procedure</h3>
          <Procedure plan={model.results.header.plan} />
        </div>
        <div>
          <h3>What it cannot tell</h3>
          <Limits />
          <h3>The load client</h3>
          <Client header={model.results.header} />
        </div>
      </div>
    </Section>
  );
}
