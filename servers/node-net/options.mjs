/** The command line: docs/PROTOCOL.md, section 1. */
import net from 'node:net';

const CPU_LIST = /^\d+(-\d+)?(,\d+(-\d+)?)*$/;

/**
 * The options, or one line that says what is wrong.
 * @param {readonly string[]} args
 */
export function parseOptions(args) {
  const options = { host: '127.0.0.1', port: 0, mode: 'http', upstream: null };
  for (let at = 0; at < args.length; at += 2) {
    const [flag, value] = [args[at], args[at + 1]];
    if (!['--listen', '--cpus', '--mode', '--upstream'].includes(flag)) {
      return `unknown flag or argument: ${flag}`;
    }
    if (value === undefined) return `${flag} needs a value`;
    const wrong = take(options, flag, value);
    if (wrong !== null) return wrong;
  }
  return options;
}

/** Null, or what is wrong. The CPUs themselves are pinned.sh's. */
function take(options, flag, value) {
  switch (flag) {
    case '--mode':
      options.mode = value;
      return value === 'http' || value === 'greeting'
        ? null
        : `--mode is http or greeting, not ${value}`;
    case '--cpus':
      return CPU_LIST.test(value) ? null : `--cpus takes a list such as 0,2-3, not ${value}`;
    default: {
      const address = parseAddress(value);
      if (address === null) return `${flag} takes host:port with an IPv4 address, not ${value}`;
      if (flag === '--listen') Object.assign(options, address);
      else options.upstream = { ...address, name: value };
      return null;
    }
  }
}

/** @param {string} text */
function parseAddress(text) {
  const [, host = '', digits = ''] = /^([\d.]+):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  return net.isIPv4(host) && port <= 65_535 ? { host, port } : null;
}
