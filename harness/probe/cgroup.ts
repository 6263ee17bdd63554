/**
 * CPU limits of the control groups that this process is in: how often they were used up. Version 1
 * and 2; the own group and those above it, as far as they can be seen. Parsers are pure.
 */
import { known, numberIn, type Reading, readText, unknown } from './reading.js';

export interface Throttling {
  /** Periods in which a group had used up its time, over all groups that can be seen. */
  readonly count: number;
  readonly source: string;
}

/** Where a hierarchy with the cpu controller is mounted, and which of its groups is the root. */
interface CgroupMount {
  readonly version: 1 | 2;
  readonly root: string;
  readonly path: string;
}

/** The cpu controller's mount in mountinfo: version 1 where it is bound to one, else version 2. */
export function parseCgroupMount(mountinfo: string): CgroupMount | null {
  let unified: CgroupMount | null = null;
  for (const line of mountinfo.split('\n')) {
    const [mount = '', filesystem = ''] = line.split(' - ');
    const [, , , root = '', path = ''] = mount.split(' ');
    const [type, , options = ''] = filesystem.split(' ');
    if (type === 'cgroup' && options.split(',').includes('cpu')) return { version: 1, root, path };
    if (type === 'cgroup2') unified ??= { version: 2, root, path };
  }
  return unified;
}

/** The group of this process within a hierarchy, from /proc/self/cgroup. */
export function parseCgroupPath(cgroup: string, version: 1 | 2): string | null {
  for (const line of cgroup.split('\n')) {
    const [id, controllers = '', ...path] = line.split(':');
    const wanted = version === 2 ? id === '0' : controllers.split(',').includes('cpu');
    if (wanted) return path.join(':');
  }
  return null;
}

/** nr_throttled of cpu.stat; null where the group can have no limit. */
export function parseThrottled(cpuStat: string): number | null {
  return numberIn(cpuStat, /^nr_throttled (\d+)$/m);
}

/** The group and all above it, below the mount: `/a/b` -> `/a/b`, `/a`, ``. */
export function groupsUpFrom(group: string): string[] {
  const parts = group.split('/').filter((part) => part !== '');
  return parts.map((_, i) => `/${parts.slice(0, parts.length - i).join('/')}`).concat('');
}

/** Sums nr_throttled over the groups; one that has none has no limit of its own. */
export function readThrottling(): Reading<Throttling> {
  const place = ownGroup();
  if (!place.ok) return place;
  const { mount, group } = place.value;
  let count = 0;
  for (const one of groupsUpFrom(group)) {
    const stat = readText(`${mount.path}${one}/cpu.stat`);
    if (!stat.ok) return stat;
    count += parseThrottled(stat.value) ?? 0;
  }
  return known({ count, source: `cpu.stat of ${mount.path}${group}` });
}

function ownGroup(): Reading<{ readonly mount: CgroupMount; readonly group: string }> {
  const mountinfo = readText('/proc/self/mountinfo');
  if (!mountinfo.ok) return mountinfo;
  const cgroup = readText('/proc/self/cgroup');
  if (!cgroup.ok) return cgroup;
  const mount = parseCgroupMount(mountinfo.value);
  if (mount === null) return unknown('/proc/self/mountinfo: no cpu control group is mounted');
  const group = parseCgroupPath(cgroup.value, mount.version);
  if (group === null) return unknown('/proc/self/cgroup: no group of the cpu controller');
  const below = mount.root === '/' ? group : group.slice(mount.root.length);
  const inside = mount.root === '/' || group.startsWith(mount.root);
  return known({ mount, group: inside && below !== '/' ? below : '' });
}
