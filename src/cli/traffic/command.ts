import { defineCommand } from '../command.ts';
import { text } from '../flags/flag.ts';

const ONCE = 'give one, separated by commas where it is a list';

export const traffic = defineCommand({
  name: 'traffic',
  summary: 'tell what a list of groups allows, and by which rule',
  description:
    'Reads the rules of the groups that an instance has on its primary interface, or of a list that --list gives, and\n' +
    'tells whether they allow one packet: the first rule that holds it decides, group by group in their order. With\n' +
    '--list-after it tells what a change to that list opens and closes. What nobody has read, such as who is in a group\n' +
    'that a rule names, is told as what the answer depends on. It is about security groups alone: subnet ACLs, routes\n' +
    'and the firewall of the guest are not asked. Writes nothing to the cloud and needs no state.',
  args: [
    { syntax: '[INSTANCE-ID]', description: 'such as ins-4q118hl2; or give --list', completion: 'none' },
  ],
  flags: {
    from: text({
      value: 'ADDRESS',
      description: 'where traffic comes from that enters the instance, such as 203.0.113.7 or 2001:db8::7',
      severalFix: ONCE,
    }),
    to: text({
      value: 'SERVICE|ADDRESS',
      description: 'with --from: tcp/PORT, udp/PORT, icmp, icmpv6, gre or other; without: where traffic goes',
      severalFix: ONCE,
    }),
    port: text({
      value: 'SERVICE',
      description: 'the service there, for traffic that leaves the instance, such as tcp/443',
      severalFix: ONCE,
    }),
    list: text({
      value: 'SG,SG…',
      description: 'an ordered list in place of that of an instance; the first has the highest priority',
      severalFix: ONCE,
    }),
    listAfter: text({
      value: 'SG,SG…',
      description: 'the list that comes after: what opens and closes, in place of one packet',
      severalFix: ONCE,
    }),
    region: text({
      value: 'REGION',
      description: 'where the instance and the groups are (default: $TENCENTCLOUD_REGION)',
      severalFix: ONCE,
    }),
  },
  uses: ['logs', 'api', 'cloud', 'reads'],
  outputs: ['text', 'json', 'yaml'],
  examples: [
    [
      'cvmsg traffic ins-4q118hl2 --region ap-guangzhou --from 203.0.113.7 --to tcp/22',
      'may this address log in?',
    ],
    ['cvmsg traffic ins-4q118hl2 --region gz --to 10.0.0.9 --port tcp/443', 'may the instance ask that one?'],
    [
      'cvmsg traffic --list sg-web00001,sg-base0001 --region gz --from 10.0.0.9 --to icmp',
      'the same of a list',
    ],
    [
      'cvmsg traffic --list sg-web00001,sg-base0001 --list-after sg-base0001,sg-web00001 --region gz',
      'what the other order opens and closes',
    ],
    [
      'cvmsg traffic ins-4q118hl2 --region gz --list-after sg-base0001',
      'what the instance would lose and gain',
    ],
  ],
  more:
    'Services: other is every protocol but tcp, udp, icmp (IPv6: icmpv6) and gre. Reading the rules of groups needs\n' +
    'vpc:DescribeSecurityGroupPolicies and cvm:DescribeSecurityGroupPolicys; see docs/traffic.md.',
  load: async () => (await import('./perform-traffic.ts')).performTraffic,
});
