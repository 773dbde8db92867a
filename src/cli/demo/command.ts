import { defineCommand } from '../command.ts';
import { text, toggle, wholeNumber } from '../flags/flag.ts';

export const demo = defineCommand({
  name: 'demo',
  summary: 'see it work on a simulated fleet',
  description:
    'Starts a simulated cloud with 40 instances in two regions, writes a directory of sample bindings and runs the\n' +
    'controller on it. On a terminal it goes on watching: edit a YAML file and see it converge; drift is made now and\n' +
    'then and repaired. With --once, or without a terminal, it makes drift once, shows its repair and ends: with 0\n' +
    'when all is in sync.',
  args: [],
  flags: {
    once: toggle({ description: 'converge, make drift once, show its repair, end' }),
    source: text({
      value: 'DIR',
      description:
        'write the sample bindings here, or use those that are there (default: a temporary folder)',
      completion: 'directory',
    }),
    speed: wholeNumber({ description: 'make drift this many times as often', min: 1, fallback: 1 }),
  },
  uses: ['policy', 'api', 'reads', 'writes', 'limits', 'traffic'],
  outputs: ['text'],
  examples: [
    ['cvmsg demo', 'watch it; Ctrl-C ends'],
    ['cvmsg demo --once', 'a run that ends by itself'],
    ['cvmsg demo --source ./try-bindings --speed 5', 'with files of your own to edit, and much drift'],
  ],
  load: async () => (await import('./perform-demo.ts')).performDemo,
});
