/** The floors of docs/architecture.md: a folder may use what lies below it, never what lies next to it or above. */
const FLOORS = [
  ['translations'],
  ['common', 'verify'],
  ['config', 'runtime'],
  ['database'],
  ['auth', 'targets'],
  ['webhooks'],
  ['queue'],
  ['deliveries'],
  ['events', 'dispatcher', 'streams'],
  ['retention', 'health', 'transfer'],
  ['metrics'],
  ['http', 'logging'],
  ['admin', 'cli'],
];

/** What the service has besides what applications get that import the package. */
const OF_SERVICE = [
  '@fastify/cors',
  '@opentelemetry/core',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/exporter-trace-otlp-proto',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-trace-base',
  'fastify',
  'pglite-prisma-adapter',
  'pino',
];

const upward = FLOORS.flatMap((folders, floor) =>
  folders.map((folder) => ({
    name: `floor-of-${folder}`,
    comment: `src/${folder} may only use itself and the floors below it.`,
    severity: 'error',
    from: { path: `^src/${folder}/` },
    to: {
      path: '^src/',
      pathNot: [
        `^src/${folder}/`,
        '^src/generated/',
        ...FLOORS.slice(0, floor)
          .flat()
          .map((below) => `^src/${below}/`),
      ],
    },
  })),
);

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...upward,
    {
      name: 'no-circles',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/generated/' },
      to: { circular: true },
    },
    {
      name: 'prisma-in-repositories',
      comment:
        'Only repositories, their statements and the database floor talk to the database. Types of rows may be named by anyone.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['\\.(repository|statement)\\.ts$', '-parts\\.ts$', '^src/database/', '^src/generated/'],
      },
      to: { path: '^src/generated/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'repositories-stay-home',
      comment: 'A repository and a statement are private to their folder. Floors above call its services.',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '\\.(repository|statement)\\.ts$', pathNot: '^src/$1/' },
    },
    {
      name: 'verify-imports-crypto-only',
      comment: "A receiver imports src/verify without the service's dependencies.",
      severity: 'error',
      from: { path: '^src/verify/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: ['^src/verify/', '^(node:)?crypto$'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'cli-needs-no-service',
      comment: 'The command line starts at once, and runs where the service is not installed.',
      severity: 'error',
      from: { path: '^src/cli/', pathNot: '\\.spec\\.ts$' },
      to: {
        path: ['^src/', '^node_modules/'],
        pathNot: [
          '^src/(cli|common|translations|verify)/',
          '^node_modules/(commander|eventsource-parser|string-width)/',
        ],
      },
    },
    {
      name: 'no-dev-dependencies',
      comment:
        'Peers are development dependencies too, and so are the packages of the service alone: the build of the library fails when it imports one.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only', 'npm-peer'],
        pathNot: `^node_modules/(${OF_SERVICE.join('|')})/`,
      },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { conditionNames: ['import', 'node', 'default'], exportsFields: ['exports'] },
  },
};
