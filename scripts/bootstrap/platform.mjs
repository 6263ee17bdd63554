/** The two things that no installer of ours can change: the operating system and Node itself. */
import { BootstrapError } from './failure.mjs';

/** The oldest Node that is tested; package.json's `engines` says the same. */
export const OLDEST_NODE = Object.freeze({ major: 20, minor: 19 });

/** @param {Pick<import('./system.mjs').System, 'platform' | 'nodeVersion'>} system */
export function checkPlatform({ platform, nodeVersion }) {
  if (platform !== 'linux') {
    throw new BootstrapError(
      `iomodels measures Linux system calls and epoll; this is ${platform}.`,
      'Run it on Linux: a machine, a virtual machine or a container.',
    );
  }
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, '').split('.').map(Number);
  const { major: needMajor, minor: needMinor } = OLDEST_NODE;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
  throw new BootstrapError(
    `Node ${nodeVersion} is too old: iomodels needs ${needMajor}.${needMinor} or newer.`,
    'Install Node 20 or newer from https://nodejs.org/en/download and put it first on PATH.',
  );
}
