/** Reads an accepted `DescribeSecurityGroupPolicys`: a direction without rules is left out, and IPv6 has no field of its own. */
import { foreignReply } from '../generation-client.ts';
import { type Accepted, isRecord, type Refusal, unreadable } from '../reply.ts';
import type { KnownRules } from '../rules/rule-calls.ts';
import { placedRules, type RuleShape, textsOf, UnreadableRule } from '../rules/rule-calls.ts';

const RULE: RuleShape = {
  index: 'index',
  action: 'action',
  read: (row) =>
    textsOf(row, {
      protocol: 'ipProtocol',
      port: 'portRange',
      serviceTemplate: 'serviceModule',
      cidrBlock: 'cidrIp',
      securityGroupId: 'sgId',
      addressTemplate: 'addressModule',
    }),
};

export function readPolicies({ envelope, payload }: Accepted): { ok: true; value: KnownRules } | Refusal {
  if (envelope !== 'code') return foreignReply('a read of API 2.0');
  const { data } = payload;
  if (!isRecord(data)) return unreadable('the answer has no data');
  try {
    const [ingress, egress] = ['ingress', 'egress'].map((list) => placedRules(data[list] ?? [], list, RULE));
    return { ok: true, value: { ingress: ingress ?? [], egress: egress ?? [], ...versionOf(data) } };
  } catch (error) {
    if (error instanceof UnreadableRule) return unreadable(error.message);
    throw error;
  }
}

/** Every rule tells the version of its group, so a group without rules has none. */
function versionOf(data: Readonly<Record<string, unknown>>): Pick<KnownRules, 'version'> {
  const rows = [data.ingress ?? [], data.egress ?? []].flat();
  const versions = new Set(rows.map((row) => (isRecord(row) ? row.version : undefined)));
  const [version, ...others] = versions;
  return typeof version === 'string' && version !== '' && others.length === 0 ? { version } : {};
}
