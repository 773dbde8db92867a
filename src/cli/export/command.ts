import { defineCommand } from '../command.ts';
import { list, text, toggle } from '../flags/flag.ts';
import { namespaceProblem } from '../flags/namespace.ts';

export const exportCommand = defineCommand({
  name: 'export',
  summary: 'write bindings for instances that exist',
  description:
    'Lists the instances of a region and writes bindings that declare what they have now: one document for each\n' +
    'ordered list, so that `cvmsg plan` on them finds nothing to change. Names and order are stable: a second export\n' +
    'of an unchanged cloud changes no file. In --out only files of the same export are replaced or removed; their\n' +
    'first line tells. Instances without any group are named and left out. Writes nothing to the cloud.',
  args: [],
  flags: {
    region: text({ value: 'REGION', description: 'the region to export; required' }),
    tag: list({ value: 'KEY=VALUE', description: 'instances with this tag; repeated, all must fit' }),
    vpc: text({ value: 'VPC', description: 'instances of this VPC' }),
    all: toggle({ description: 'every instance of the region' }),
    namespace: text({
      value: 'NAME',
      description: 'namespace of the bindings (default: none is written)',
      check: namespaceProblem,
    }),
    out: text({
      value: 'DIR',
      description: 'folder for one file a list (default: stdout)',
      completion: 'directory',
    }),
  },
  uses: ['logs', 'api', 'cloud', 'reads'],
  outputs: ['text', 'json'],
  examples: [
    ['cvmsg export --region ap-guangzhou --all --out bindings/', 'a whole region'],
    ['cvmsg export --region ap-guangzhou --tag app=web --tag env=prod', 'some instances, to stdout'],
    ['cvmsg export --region ap-guangzhou --vpc vpc-1a2b3c4d --namespace shop --out bindings/', 'one VPC'],
    ['cvmsg plan bindings/', 'afterwards: nothing to change'],
  ],
  load: async () => (await import('./perform-export.ts')).performExport,
});
