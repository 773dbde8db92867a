/** Reads the policy file that a flag names. */
import { readFileSync } from 'node:fs';
import { messageOf } from '../../api/message-of.ts';
import { nearestName } from '../../api/nearest-name.ts';
import type { PolicyUse } from '../../api/policy/policy-check.ts';
import { type PolicyReading, readPolicy } from '../../api/policy/policy-reading.ts';
import type { JudgeSchedule } from '../../api/policy/schedule-faults.ts';
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
  return readPolicy(file, bytes, judgeSchedule, use);
}

const judgeSchedule: JudgeSchedule = ({ schedule, timeZone }) => {
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
