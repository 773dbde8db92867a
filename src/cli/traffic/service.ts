/** A service as people write it on the command line. */
import type { Packet } from '../../core/firewall/packet.ts';

export type Service = Pick<Packet, 'protocol' | 'port'>;

const WITH_PORT = /^(tcp|udp)\/(\d{1,5})$/;
const WITHOUT_PORT: readonly string[] = ['icmp', 'icmpv6', 'gre', 'other'];

/** `tcp/22`, `udp/53`, `icmp`, `icmpv6`, `gre`, and `other` for every other protocol. Undefined for anything else. */
export function readService(text: string): Service | undefined {
  const word = text.trim().toLowerCase();
  if (WITHOUT_PORT.includes(word)) return { protocol: word };
  const [, protocol, digits] = WITH_PORT.exec(word) ?? [];
  const port = Number(digits);
  return protocol === undefined || port > 65_535 ? undefined : { protocol, port };
}

export function serviceText({ protocol, port }: Service): string {
  if (port !== undefined) return `${protocol}/${port}`;
  return protocol === 'other' ? 'another protocol' : protocol;
}
