import { NOTIFICATION_KINDS } from '../../notify/notification.ts';
import { defineCommand } from '../command.ts';
import { list, toggle } from '../flags/flag.ts';

const KINDS = Object.entries(NOTIFICATION_KINDS);

export const notify = defineCommand({
  name: 'notify',
  summary: 'try whether messages reach the people whom the configuration names',
  description:
    'With --test, sends a message to each target of --notify-config, or of `notify:` in the config file, past its filters,\n' +
    'and says what came of it. With --dry-run, prints what would be sent, without the address, and sends nothing. What\n' +
    '`run` tells by itself, and how targets are configured, is in docs/notifications.md.',
  args: [],
  flags: {
    test: toggle({ description: 'send a message to each target' }),
    dryRun: toggle({ description: 'print the messages and send nothing' }),
    target: list({ value: 'NAME', description: 'only this target; may be given more than once' }),
  },
  uses: ['notify'],
  outputs: ['text', 'json', 'yaml'],
  examples: [
    ['cvmsg notify --test --notify-config notify.yaml', 'after each change of the configuration'],
    ['cvmsg notify --dry-run --notify-config notify.yaml --target ops', 'to see what is sent'],
  ],
  more: `What is told:\n${KINDS.map(([kind, sentence]) => `  ${kind.padEnd(14)}${sentence}`).join('\n')}`,
  load: async () => (await import('./perform-notify.ts')).performNotify,
});
