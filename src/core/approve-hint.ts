/** How somebody gives an approval: the command, as it works where it is read. */

/** Within a message of which nobody knows yet where it will be read. */
export function approveHint(digest: string): string {
  return `\`cvmsg approve ${digest} --source DIR\` (or --kubernetes)`;
}

const HINT = /`cvmsg approve (sha256:[0-9a-f]{64}) --source DIR` \(or --kubernetes\)/g;

/** The same message for one place. @param flags such as `--kubernetes`, which name it. */
export function placedHint(message: string, flags: string): string {
  return message.replaceAll(HINT, (_, digest: string) => `\`cvmsg approve ${digest} ${flags}\``);
}
