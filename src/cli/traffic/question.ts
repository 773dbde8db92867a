/** What `cvmsg traffic` is asked, from its argument and flags. */
import { type InstanceId, isInstanceId, isSecurityGroupId, type SecurityGroupId } from '../../api/ids.ts';
import { parseAddress } from '../../core/firewall/address-text.ts';
import type { Packet } from '../../core/firewall/packet.ts';
import type { Family } from '../../core/firewall/rules.ts';
import type { GroupList } from '../../core/model.ts';
import { CliError } from '../cli-error.ts';
import { type NamedRegion, readRegion } from '../flags/region.ts';

export interface TrafficFlags {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly port: string | undefined;
  readonly list: string | undefined;
  readonly listAfter: string | undefined;
  readonly region: string | undefined;
}

/** Whose list it is about: that of an instance, or one given by hand. */
export type Subject = { readonly instanceId: InstanceId } | { readonly list: GroupList };

export interface Question extends NamedRegion {
  readonly subject: Subject;
  /** Is this allowed, or what does a change to that list open and close? */
  readonly about: { readonly packet: Packet } | { readonly after: GroupList };
}

/** @param env where the region is looked up when no flag names it. @throws CliError that says what to write instead. */
export function readQuestion(
  instance: string | undefined,
  flags: TrafficFlags,
  env: Readonly<Record<string, string | undefined>>,
): Question {
  const subject = readSubject(instance, flags.list);
  const about =
    flags.listAfter === undefined
      ? { packet: readPacket(flags) }
      : { after: readAfter(flags.listAfter, flags) };
  return { subject, about, ...regionOf(flags.region, env.TENCENTCLOUD_REGION ?? '') };
}

function regionOf(flag: string | undefined, variable: string): NamedRegion {
  if (flag !== undefined) return readRegion(flag);
  if (variable !== '') return readRegion(variable, 'TENCENTCLOUD_REGION');
  throw new CliError(
    '--region: say where the instance and its groups are, such as --region ap-guangzhou, or set TENCENTCLOUD_REGION',
  );
}

function readSubject(instance: string | undefined, list: string | undefined): Subject {
  if (instance !== undefined && list !== undefined) {
    throw new CliError('an instance has a list of its own: give INSTANCE-ID or --list, not both');
  }
  if (list !== undefined) return { list: readList(list, '--list') };
  if (instance === undefined) {
    throw new CliError(
      'say whose list: an instance id such as ins-4q118hl2, or --list with groups such as sg-web00001,sg-base0001',
    );
  }
  if (!isInstanceId(instance)) {
    throw new CliError(`Expected an instance id such as ins-4q118hl2, got "${instance}"`);
  }
  return { instanceId: instance };
}

function readList(text: string, flag: string): GroupList {
  const list: SecurityGroupId[] = [];
  for (const word of text.split(',').map((one) => one.trim())) {
    if (!isSecurityGroupId(word)) {
      throw new CliError(`${flag}: Expected group ids such as sg-web00001,sg-base0001, got "${word}"`);
    }
    if (list.includes(word)) throw new CliError(`${flag}: "${word}" is given twice; a list has a group once`);
    list.push(word);
  }
  return list;
}

function readAfter(text: string, { from, to, port }: TrafficFlags): GroupList {
  if ([from, to, port].some((flag) => flag !== undefined)) {
    throw new CliError('--list-after tells everything that changes: leave out --from, --to and --port');
  }
  return readList(text, '--list-after');
}

function readPacket({ from, to, port }: TrafficFlags): Packet {
  if (to === undefined) {
    throw new CliError(
      'say which traffic: --from 203.0.113.7 --to tcp/22 for what enters, or --to 10.0.0.9 --port tcp/443 for what leaves; ' +
        'or --list-after for all that a change opens and closes',
    );
  }
  if (from === undefined) {
    const family = familyOf(to, '--to');
    if (port === undefined) {
      throw new CliError(`--port: say which service of ${to}, such as --port tcp/443`);
    }
    return { direction: 'egress', address: to.trim(), ...serviceOf(port, '--port', family) };
  }
  const family = familyOf(from, '--from');
  if (port !== undefined) {
    throw new CliError('--port is for traffic that leaves: with --from, the service is that of --to');
  }
  return { direction: 'ingress', address: from.trim(), ...serviceOf(to, '--to', family) };
}

function familyOf(text: string, flag: string): Family {
  const address = parseAddress(text.trim());
  if (address !== undefined) return address.family;
  const hint =
    flag === '--to' && readService(text) !== undefined
      ? '; for traffic that enters, give --from as well'
      : '';
  throw new CliError(
    `${flag}: Expected one address such as 203.0.113.7 or 2001:db8::7, got "${text}"${hint}`,
  );
}

function serviceOf(text: string, flag: string, family: Family): Service {
  const service = readService(text);
  if (service === undefined) {
    const meant = readService(text.replace(':', '/')) ?? readService(`tcp/${text}`);
    const hint = meant === undefined ? '' : `; did you mean "${meant.protocol}/${meant.port}"?`;
    throw new CliError(
      `${flag}: Expected a service such as tcp/22, udp/53, icmp, icmpv6, gre or other, got "${text}"${hint}`,
    );
  }
  const wrong = family === 'ipv4' ? 'icmpv6' : 'icmp';
  if (service.protocol === wrong) {
    throw new CliError(
      family === 'ipv4'
        ? `${flag}: IPv4 has icmp, and icmpv6 is of IPv6`
        : `${flag}: IPv6 has icmpv6, and icmp is of IPv4`,
    );
  }
  return service;
}

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
