/** The controller's settings as the flags give them. */
import type { Diagnostic } from '../../api/diagnostic.ts';
import { type ControllerSettings, DEFAULT_SETTINGS } from '../../core/settings.ts';
import type { PolicyUse } from '../../documents/policy/policy-check.ts';
import { lineText } from '../../manager/logging/diagnostic-line.ts';
import type { Log } from '../../runtime/log.ts';
import { CliError } from '../cli-error.ts';
import type { GlobalSettings } from '../flags/global-flags.ts';
import { loadPolicy } from './policy.ts';

/**
 * What may be a slip in the policy goes to the log, if there is one.
 * @throws CliError when the policy file cannot be read or is not valid, or has rules of exposure and no rules of groups are read.
 */
export function controllerSettings(globals: GlobalSettings, log?: Log, use?: PolicyUse): ControllerSettings {
  const warn = (diagnostic: Diagnostic) => log?.warn({ rule: diagnostic.rule }, lineText(diagnostic));
  const policy = loadPolicy(globals.policy, warn, use);
  if (globals.traffic === 'off' && policy.exposure.length > 0) {
    throw new CliError(
      `--traffic off: the policy "${globals.policy}" has rules under exposure, and nobody could tell whether a change breaks them; say auto or require`,
    );
  }
  return {
    ...DEFAULT_SETTINGS,
    sweepIntervalMs: globals.interval,
    readsPerSecond: globals.readsPerSecond,
    writesPerSecond: globals.writesPerSecond,
    maxGroupsPerInstance: globals.maxGroups,
    traffic: globals.traffic,
    policy,
  };
}
