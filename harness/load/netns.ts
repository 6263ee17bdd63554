/** How a program is started in a network namespace. */

/**
 * The command, with the program's sockets made in the namespace at that path; undefined: the
 * command as it is. `nsenter` becomes the program in the same process and changes nothing else:
 * `ip netns exec` would mount another /sys, which lacks the cgroups that runtimes look at.
 */
export function inNetns(netns: string | undefined, command: readonly string[]): readonly string[] {
  return netns === undefined ? command : ['nsenter', `--net=${netns}`, '--', ...command];
}
