/** Who may import whom. `npm run check` fails on what is not allowed here. */

/** Which parts of src a part may import besides itself; `boot` puts the parts together. */
const PARTS = {
  task: [],
  embedded: ['files'],
  resources: ['task'],
  readers: ['task'],
  files: ['task', 'readers'],
  store: ['task', 'resources'],
  targets: ['task', 'resources', 'store'],
  operations: ['task', 'resources', 'readers', 'files', 'store', 'targets'],
  engine: ['task', 'resources', 'readers', 'files', 'store', 'targets', 'operations'],
  service: ['task', 'resources', 'readers', 'files', 'store', 'targets', 'operations'],
  auth: ['task', 'store'],
  api: ['task', 'service', 'files', 'auth'],
  boot: [
    ...[
      'task',
      'embedded',
      'resources',
      'readers',
      'files',
      'store',
      'targets',
      'operations',
      'engine',
      'service',
      'auth',
      'api',
    ],
    'config',
  ],
  cli: ['task', 'service', 'auth', 'boot', 'config'],
  config: [],
  'main.ts': ['cli'],
};

/** Tests beside what they test may use more than that. */
const TESTS = '\\.test\\.tsx?$';

const parts = Object.entries(PARTS).map(([part, others]) => ({
  name: `${part} imports only what it may`,
  severity: 'error',
  from: { path: `^src/${part}(/|$)`, pathNot: TESTS },
  to: { path: '^src/', pathNot: `^src/(${[part, ...others].join('|')})(/|$)` },
}));

export default {
  forbidden: [
    ...parts,
    {
      name: 'every part has its rule',
      severity: 'error',
      from: { path: '^src/', pathNot: `${TESTS}|^src/(${Object.keys(PARTS).join('|')})(/|$)` },
      to: {},
    },
    { name: 'no circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no dialect imports another',
      severity: 'error',
      from: { path: '^src/api/dialects/([^/]+)/' },
      to: { path: '^src/api/dialects/([^/]+)/', pathNot: '^src/api/dialects/$1/' },
    },
    {
      name: 'task is pure: nothing but the random numbers of ids',
      severity: 'error',
      from: { path: '^src/task/', pathNot: TESTS },
      to: { pathNot: '^src/task/|^(node:)?crypto$' },
    },
    {
      name: 'the client stands alone, and runs in a browser but for node.ts',
      severity: 'error',
      from: { path: '^packages/client/src/', pathNot: '^packages/client/src/node\\.ts$' },
      to: { pathNot: '^packages/client/src/(?!node\\.ts$)' },
    },
    {
      name: 'the client for Node reads files, and nothing else of Node',
      severity: 'error',
      from: { path: '^packages/client/src/node\\.ts$' },
      to: { pathNot: '^packages/client/src/|^(node:)?(fs|path)$' },
    },
    {
      name: 'of src, only the command line takes something of packages',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/cli/|${TESTS}` },
      to: { path: '^packages/' },
    },
    {
      name: 'the command line takes the client by its entry',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^packages/', pathNot: '^packages/client/src/index\\.ts$' },
    },
    {
      name: 'the console takes the client, and nothing of the server',
      severity: 'error',
      from: { path: '^packages/console/src/', pathNot: TESTS },
      to: { path: '^(src|test|bench)/|^packages/client/', pathNot: '^packages/client/src/index\\.ts$' },
    },
    {
      name: 'what runs does not import tests',
      severity: 'error',
      from: { path: '^(src|packages/[^/]+/src)/', pathNot: '\\.test\\.tsx?$' },
      to: { path: '^(test|bench)/|\\.test\\.tsx?$' },
    },
    { name: 'everything imported exists', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^packages/client/src/generated/|^test/api/clients/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@openbulk/source', 'import', 'require', 'node', 'default', 'types'],
    },
  },
};
