import { defineCommand } from '../command.ts';
import { duration, text, toggle } from '../flags/flag.ts';
import { MAX_REVISION_MIB } from '../flags/revision-limit.ts';

export const apply = defineCommand({
  name: 'apply',
  summary: 'change the instances once, as a directory declares them',
  description:
    'Shows the plan and what it opens and closes, asks, writes, and reads every list back. Ends with 0 when all is in\n' +
    'sync, 3 when a guard refuses a change (the others are made), 4 when some instances have not converged, each named\n' +
    'with its reason. A binding that is suspended or observe-only is shown and left alone. Every write goes to the\n' +
    'journal in --state-dir. Ctrl-C finishes the calls in flight, says what was done, and exits 130.',
  args: [{ syntax: '<DIR>', description: 'the directory of bindings', completion: 'directory' }],
  flags: {
    plan: text({
      value: 'DIGEST',
      description: 'do the plan with this digest and nothing else, without asking; another plan is refused',
    }),
    yes: toggle({ short: 'y', description: 'do not ask; needed where there is no terminal' }),
    timeout: duration({ description: 'longest time until all is in sync', fallbackText: '15m' }),
    maxRevisionMib: MAX_REVISION_MIB,
  },
  uses: ['state', 'policy', 'logs', 'api', 'cloud', 'reads', 'writes', 'limits', 'traffic', 'interval'],
  outputs: ['text', 'json', 'yaml'],
  examples: [
    ['cvmsg apply bindings/', 'show the plan, ask, write'],
    ['cvmsg apply bindings/ --yes --timeout 5m', 'in a pipeline'],
    ['cvmsg apply bindings/ --plan sha256:1a2b…', 'exactly the plan that `cvmsg plan` showed'],
    ['cvmsg apply bindings/ --yes --endpoint http://127.0.0.1:8099', 'against a simulator'],
  ],
  load: async () => (await import('./perform-apply.ts')).performApply,
});
