/**
 * Who may import whom. Imports point down only:
 * cli > manager > http > controller cloud directory kubernetes notify store > ports > core runtime documents > api.
 * Rooms of one floor never import each other; the simulator stands beside them. Each comment says what to do instead.
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

/** What every adapter may lean on. */
const BELOW = ['ports', 'core', 'runtime', 'documents', 'api'];

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
    forbid('documents-know-only-the-contract', {
      from: '^src/documents/',
      to: outside('documents', 'api'),
      comment:
        'Documents turn text into what the contract describes. What an engine makes of it is for a source to say.',
    }),
    forbid('ports-are-types-over-the-core', {
      from: '^src/ports/',
      to: outside('ports', 'core', 'runtime', 'api'),
      comment:
        'A port says what the controller needs in its own words. Put what an adapter does into its room.',
    }),
    forbid('cloud-meets-the-others-in-the-manager', {
      from: '^src/cloud/',
      to: outside('cloud', ...BELOW),
      comment:
        'The cloud room only speaks to the cloud. What has to meet another adapter meets it in the manager.',
    }),
    forbid('directory-meets-the-others-in-the-manager', {
      from: '^src/directory/',
      to: outside('directory', ...BELOW),
      comment:
        'A source only says what is declared. What has to meet another adapter meets it in the manager.',
    }),
    forbid('kubernetes-meets-the-others-in-the-manager', {
      from: '^src/kubernetes/',
      to: outside('kubernetes', ...BELOW),
      comment:
        'This room only speaks to the API server. What has to meet another adapter meets it in the manager.',
    }),
    forbid('notify-is-told-through-ports', {
      from: '^src/notify/',
      to: outside('notify', 'ports', 'core', 'runtime', 'api'),
      comment:
        'Notifications are made of what ports tell and sent by a transport. What has to meet another adapter meets it in the manager.',
    }),
    forbid('store-meets-the-others-in-the-manager', {
      from: '^src/store/',
      to: outside('store', ...BELOW),
      comment:
        'The store only keeps what it is given. What has to meet another adapter meets it in the manager.',
    }),
    forbid('controller-sees-ports-only', {
      from: '^src/controller/',
      to: outside('controller', 'ports', 'core', 'runtime', 'api'),
      comment:
        'The controller works with any adapter: import the port, and let the manager pass the adapter in.',
    }),
    forbid('manager-knows-no-command-line', {
      from: '^src/manager/',
      to: { path: '^src/(?:cli|simulator)/' },
      comment:
        'The manager takes options: let the command line read its flags, and tell people what was wrong with them.',
    }),
    forbid('http-shows-what-it-is-given', {
      from: '^src/http/',
      to: outside('http', ...BELOW),
      comment:
        'Probes and metrics look at a view that the manager makes: import the types of that view only.',
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
    forbid('only-the-client-speaks-kubernetes', {
      from: '^src/(?!kubernetes/client/)',
      to: { path: 'node_modules/@kubernetes/' },
      comment: 'Use what src/kubernetes/client exports; the client library is replaced in one place.',
    }),
    forbid('only-the-page-knows-its-library', {
      from: '^src/(?!http/page/)',
      to: { path: 'node_modules/@?hono/' },
      comment: 'Probes and metrics are served by node:http alone: a run without the page must not load more.',
    }),
    forbid('only-the-store-knows-sqlite', {
      from: '^src/(?!store/sqlite/)',
      to: { path: '^(?:node:)?sqlite$' },
      comment: 'Use a table of src/store/sqlite; how rows are stored is decided in one place.',
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
