/** Reads the policy file that a flag names. */
import { readFileSync } from 'node:fs';
import { messageOf } from '../../api/message-of.ts';
import { nearestName } from '../../api/nearest-name.ts';
import { parseAddresses, withoutHostBits } from '../../core/firewall/address-text.ts';
import { parseServiceWords } from '../../core/firewall/service-text.ts';
import type { CheckText } from '../../documents/policy/exposure-problems.ts';
import type { PolicyChecks, PolicyUse } from '../../documents/policy/policy-check.ts';
import { type PolicyReading, readPolicy } from '../../documents/policy/policy-reading.ts';
import type { CheckSchedule } from '../../documents/policy/schedule-problems.ts';
import { systemClock } from '../../runtime/clock.ts';
import { scheduleProblem, timeZoneNames } from '../../runtime/schedule.ts';
import { CliError } from '../cli-error.ts';

/** @throws CliError when the file cannot be read. */
export function readPolicyFile(file: string, use?: PolicyUse): PolicyReading {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new CliError(`--policy: "${file}" cannot be read: ${messageOf(error)}`);
  }
  return readPolicy(file, bytes, CHECKS, use);
}

const checkSchedule: CheckSchedule = ({ schedule, timeZone }) => {
  const problem = scheduleProblem({ cron: schedule, timeZone }, systemClock.wall());
  if (problem === undefined) return undefined;
  const { field, message } = problem;
  if (field === 'cron') {
    return {
      field: 'schedule',
      message,
      fix: 'write minute, hour, day of month, month and day of week, such as `0 22 * * 1-5`',
    };
  }
  const nearest = nearestName(timeZone, timeZoneNames());
  return {
    field,
    message,
    fix: `write \`${nearest ?? 'UTC'}\`${nearest === undefined ? ' or a name such as `Asia/Shanghai`' : ''}`,
  };
};

const checkService: CheckText = (text) => {
  if (parseServiceWords(text) !== undefined) return undefined;
  const meant = [text.replace(':', '/'), `tcp/${text}`].find((one) => parseServiceWords(one) !== undefined);
  return {
    rule: 'policy/service',
    message: 'is no service',
    fix: `write ${meant === undefined ? '`tcp/22`, `udp/8000-8010`, `tcp`, `icmp`, `icmpv6`, `gre` or `other`' : `\`${meant}\``}`,
  };
};

const checkPrefix: CheckText = (text) => {
  if (text.includes('-') || parseAddresses(text) === undefined) {
    const fix = 'write one such as `10.0.0.0/8`, `203.0.113.7` or `2001:db8::/32`';
    return { rule: 'policy/prefix', message: 'is no prefix of IPv4 or IPv6', fix };
  }
  const prefix = withoutHostBits(text);
  if (prefix === undefined) return undefined;
  return {
    rule: 'policy/host-bits',
    message: 'has bits behind its prefix',
    fix: `write \`${prefix}\`, if that is meant`,
  };
};

const CHECKS: PolicyChecks = { schedule: checkSchedule, service: checkService, prefix: checkPrefix };
