/**
 * What the bootstrap needs to know of the machine, gathered once, so that tests can pretend another
 * one.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} System
 * @property {string} root absolute path of the repository
 * @property {string} platform process.platform
 * @property {string} nodeVersion for example `v20.19.0`
 * @property {string} execPath the running Node
 * @property {NodeJS.ProcessEnv} env of every tool; to change PATH here is to change it for all
 * @property {number} uid
 * @property {boolean} interactive whether a person sits at a terminal
 * @property {string} osRelease content of /etc/os-release, or empty
 */

/** @returns {System} */
export function currentSystem() {
  return {
    root: path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..'),
    platform: process.platform,
    nodeVersion: process.version,
    execPath: process.execPath,
    env: { ...process.env },
    uid: process.getuid?.() ?? -1,
    interactive: Boolean(process.stdin.isTTY || process.stdout.isTTY),
    osRelease: existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '',
  };
}
