/**
 * Who may import whom. Imports point down only:
 * cli > controller http > sources cloud sinks > kube state > core runtime > api; the simulator stands beside them.
 * Each comment says what to do instead.
 */
const TESTS = '\\.test\\.ts$';

/** @param {string} name @param {{from: string, to: object, comment: string}} rule */
const forbid = (name, { from, to, comment }) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from, pathNot: TESTS },
  to,
});

/** Any room of src but these. */
const outside = (...rooms) => ({ path: '^src/', pathNot: `^src/(?:${rooms.join('|')})/` });

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circle',
      severity: 'error',
      comment:
        'Two files that need each other are one concept, or hide a third: move what both need into a file of its own.',
      from: {},
      to: { circular: true },
    },
    forbid('api-stands-alone', {
      from: '^src/api/',
      to: outside('api'),
      comment: 'The contract knows nobody. Pass what it needs as an argument, or move the function up.',
    }),
    forbid('core-is-pure', {
      from: '^src/core/',
      to: outside('core', 'api'),
      comment:
        'The core has no clock, logger or I/O: take the value as an argument and let the controller gather it.',
    }),
    forbid('core-has-no-library', {
      from: '^src/core/',
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'core'] },
      comment:
        'The core is plain functions over plain data; put what needs a library or Node into runtime or an adapter.',
    }),
    forbid('runtime-knows-no-domain', {
      from: '^src/runtime/',
      to: outside('runtime', 'api'),
      comment: 'Queues, clocks and buckets know nothing of security groups: give them a callback.',
    }),
    forbid('state-and-kube-stand-below-adapters', {
      from: '^src/state/',
      to: outside('state', 'core', 'runtime', 'api'),
      comment: 'The state room stores rows. Let a sink or a source translate between rows and the model.',
    }),
    forbid('kube-stands-below-adapters', {
      from: '^src/kube/',
      to: outside('kube', 'core', 'runtime', 'api'),
      comment:
        'The kube room speaks to the API server. Let a sink or a source translate between objects and the model.',
    }),
    forbid('sources-know-no-other-adapter', {
      from: '^src/sources/',
      to: outside('sources', 'kube', 'state', 'core', 'runtime', 'api'),
      comment:
        'A source only says what is declared. What has to meet another adapter meets it in the controller.',
    }),
    forbid('cloud-knows-no-other-adapter', {
      from: '^src/cloud/',
      to: outside('cloud', 'core', 'runtime', 'api'),
      comment:
        'The cloud room only speaks to the cloud. What has to meet another adapter meets it in the controller.',
    }),
    forbid('sinks-know-no-other-adapter', {
      from: '^src/sinks/',
      to: outside('sinks', 'kube', 'state', 'core', 'runtime', 'api'),
      comment:
        'A sink only writes what it is given. What has to meet another adapter meets it in the controller.',
    }),
    forbid('controller-sees-ports-only', {
      from: '^src/(?:controller|http)/',
      to: {
        path: '^src/(?:sources|cloud|sinks|kube|state|simulator|cli)/',
        pathNot: '^src/(?:sources|cloud|sinks)/port\\.ts$',
      },
      comment:
        'The controller works with any adapter: import the port file, and let the command line pass the adapter in.',
    }),
    forbid('wire-stays-in-the-cloud-room', {
      from: '^src/(?!cloud/)',
      to: { path: '^src/cloud/v[23]/' },
      comment: 'Only the cloud room knows the wire: use createCloudProvider and the port.',
    }),
    forbid('simulator-shares-nothing', {
      from: '^src/simulator/',
      to: outside('simulator', 'runtime', 'api'),
      comment:
        'A mistake shared with the client would pass on both sides: write the simulator from the documents.',
    }),
    forbid('simulator-is-a-product-of-the-command-line', {
      from: '^src/(?!simulator/|cli/)',
      to: { path: '^src/simulator/' },
      comment: 'Only commands and tests start a simulated cloud; the product itself knows only a transport.',
    }),
    forbid('only-kube-speaks-kubernetes', {
      from: '^src/(?!kube/)',
      to: { path: 'node_modules/@kubernetes/' },
      comment: 'Use what src/kube exports; the client library is replaced in one place.',
    }),
    forbid('only-state-knows-sqlite', {
      from: '^src/(?!state/)',
      to: { path: '^(?:node:)?sqlite$' },
      comment: 'Use a table of src/state; how rows are stored is decided in one place.',
    }),
    forbid('product-knows-no-test', {
      from: '^src/',
      to: { path: '^(?:test|bench|scripts)/' },
      comment: 'What ships must not need what does not ship: move the shared piece into src.',
    }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // With TypeScript 7 installed the default parser reads no .ts file at all and reports success.
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js'], conditionNames: ['import', 'node', 'default'] },
  },
};
