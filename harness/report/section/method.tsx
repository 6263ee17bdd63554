/**
 * How it was measured, and what that cannot show. Short; the repository's docs have the whole
 * method.
 */

import { count, whole } from '../../findings/format.js';
import type { Environment, Plan, RunHeader } from '../../results/schema.js';
import type { ReportModel } from '../model.js';
import { cpuList } from '../provenance.js';
import { Section } from './parts.js';

const CLIENTS: Readonly<Record<Plan['client'], string>> = {
  native: 'iomodels’ own load client',
  autocannon: 'autocannon',
  wrk: 'wrk',
};

/** Of the conditions whose servers take turns. */
function Slices({ slicing }: { slicing: NonNullable<Plan['slicing']> }) {
  const some = Object.values(slicing).filter(({ legs }) => legs.length > 0);
  const [first] = some;
  if (first === undefined) return null;
  const longest = Math.max(...some.map(({ windowMs }) => windowMs));
  const range =
    longest === first.windowMs ? whole(longest) : `${whole(first.windowMs)} to ${whole(longest)}`;
  return (
    <>
      {' '}
      That time is divided into slices of {range} ms. The servers of a block live at the same time
      and take turns, slice by slice; while one is measured, the connections of the others are
      parked.
    </>
  );
}

function Procedure({ plan }: { plan: Plan }) {
  const { serverCpus, clientCpus } = plan.placement;
  return (
    <ul>
      <li>
        <strong>Trial.</strong> A fresh server process on {cpuList(serverCpus)}, the load client (
        {CLIENTS[plan.client]}) on {cpuList(clientCpus)}. All connections are made first; after{' '}
        {whole(plan.warmupMs)} ms of warm-up {whole(plan.windowMs)} ms are measured. Every reply is
        checked byte for byte.
        {plan.slicing && <Slices slicing={plan.slicing} />}
      </li>
      <li>
        <strong>Block.</strong> One trial of every server, in an order drawn from the seed; every
        second block mirrors the one before. {count(plan.blocks, 'block', 'page')} per condition
        were planned.
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

function Limits({ header }: { header: RunHeader }) {
  const { environment, plan } = header;
  const closed = plan.conditions.some(({ load }) => load.kind === 'closed');
  const open = plan.conditions.some(({ load }) => load.kind === 'open');
  return (
    <ul>
      <Machine environment={environment} plan={plan} />
      {open && (
        <li>
          <strong>Open loop.</strong> Requests are due at instants drawn before the run, and latency
          counts from them. Above its knee a server’s latency depends on how long the window is: it
          would go on growing.
        </li>
      )}
      {closed && <ClosedLoop />}
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

const isVirtual = ({ hypervisor }: Environment): boolean =>
  hypervisor === true || (typeof hypervisor === 'string' && hypervisor !== '');

/** What this machine cannot show, whatever is run on it. */
function Machine({ environment, plan }: { environment: Environment; plan: Plan }) {
  const { serverCpus, clientCpus } = plan.placement;
  const shared = serverCpus.filter((cpu) => clientCpus.includes(cpu)).length > 0;
  return (
    <>
      {isVirtual(environment) && (
        <li>
          <strong>Virtual machine.</strong> Its host may take CPU time away at any moment; that is
          counted as steal and shown with the trials. Waking a sleeping CPU costs more here than on
          bare metal, so figures at one connection are dearer.
        </li>
      )}
      <li>
        <strong>{count(serverCpus.length, 'server CPU', 'page')}.</strong> What servers gain from
        more CPUs, and what they lose to sharing between them, is not seen with fewer.{' '}
        {shared
          ? 'Server and client share a CPU: throughput is that of both together.'
          : `The client has ${count(clientCpus.length, 'CPU', 'page')} of its own and may be the limit first; such values are lower bounds.`}
      </li>
    </>
  );
}

function ClosedLoop() {
  return (
    <li>
      <strong>Closed loop.</strong> Every connection waits for its reply before it sends again, so a
      slow server slows its own load. Latency from a closed loop is not latency under load: it says
      how long one exchange takes with that many connections, not how a server behaves when requests
      keep coming.
    </li>
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
          <Limits header={model.results.header} />
          <h3>The load client</h3>
          <Client header={model.results.header} />
        </div>
      </div>
    </Section>
  );
}
