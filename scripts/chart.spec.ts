import { readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { loadConfig, VARIABLE_NAMES } from '../src/config/environment.js';
import { TargetPolicy } from '../src/targets/target-policy.js';
import { describeWith } from '../test/e2e/receivers/support/languages.js';
import { SPECIAL_IPV4, SPECIAL_IPV6 } from '../test/support/special-addresses.js';
import { chartFile, type KubernetesObject, renderedChart, typeFaults } from './rendered-chart.js';

const EVERYTHING = {
  env: { RETENTION_DAYS: '60' },
  allowedNetworks: ['10.1.0.0/16', 'fd00::/8'],
  imagePullSecrets: [{ name: 'registry' }],
  nodeSelector: { disk: 'ssd' },
  tolerations: [{ key: 'dedicated', operator: 'Exists' }],
  dispatcher: { autoscaling: { enabled: true } },
  serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
  networkPolicy: {
    apiFrom: [{ namespaceSelector: {} }],
    extraEgress: [{ to: [{ podSelector: {} }], ports: [{ port: 4318, protocol: 'TCP' }] }],
  },
};

interface Container {
  args?: string[];
  env?: { name: string; value: string }[];
  envFrom: { secretRef: { name: string } }[];
  ports?: { name: string; containerPort: number }[];
  securityContext: object;
  startupProbe: Probe;
  livenessProbe: Probe;
  readinessProbe: Probe;
}
interface Probe {
  httpGet: { path: string; port: string };
  timeoutSeconds: number;
}
interface Pod {
  metadata: { labels: Record<string, string> };
  spec: { terminationGracePeriodSeconds: number; automountServiceAccountToken: boolean; containers: [Container] };
}

const values = () => parse(chartFile('values.yaml')) as Record<string, Record<string, unknown>>;
const named = (objects: KubernetesObject[], kind: string, name: string) =>
  objects.find((object) => object.kind === kind && object.metadata.name === name)!;
const pod = ({ spec }: KubernetesObject) => spec.template as Pod;
const ids = (objects: KubernetesObject[]) => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
const pods = (objects: KubernetesObject[]) =>
  objects.filter(({ kind }) => ['Deployment', 'Job'].includes(kind)).map(pod);
const container = (object: KubernetesObject) => pod(object).spec.containers[0];
const environment = (object: KubernetesObject) =>
  Object.fromEntries((container(object).env ?? []).map(({ name, value }) => [name, value]));

describe('The values of the Helm chart', () => {
  const validate = new Ajv({ strict: false }).compile(JSON.parse(chartFile('values.schema.json')) as object);

  it('fit their schema', () => {
    expect([validate(values()), validate.errors]).toEqual([true, null]);
  });

  it.each([
    ['an unknown name', { replicas: 2 }],
    ['an unknown name below another', { image: { repository: 'a', tag: '', pullPolicy: 'Never', version: '1' } }],
    ['a number as a variable', { env: { RETENTION_DAYS: 60 } }],
    ['a secret as a variable', { env: { SECRETS_KEY: 'x' } }],
    ['a variable that the chart sets', { env: { ROLE: 'all' } }],
    ['a fraction of a second', { deliveryTimeoutSeconds: 2.5 }],
    ['an address instead of a network', { allowedNetworks: ['10.1.0.1'] }],
  ])('do not fit it with %s', (_what, overrides) => {
    expect(validate({ ...values(), ...overrides })).toBe(false);
  });

  it('accept each variable of the service that is no secret and not set by the chart', () => {
    const refused = VARIABLE_NAMES.filter((name) => !validate({ ...values(), env: { [name]: '1' } }));
    expect(refused).toEqual([
      'PORT',
      'HOST',
      'DATABASE_URL',
      'DIRECT_DATABASE_URL',
      'MIGRATE_ON_START',
      'ROLE',
      'BOOTSTRAP_API_KEY',
      'SECRETS_KEY',
      'SECRETS_KEY_FALLBACKS',
      'WEBHOOK_ALLOWED_NETWORKS',
      'DELIVERY_TIMEOUT_MS',
      'SHUTDOWN_DELAY_MS',
    ]);
  });

  it('are of the version in package.json', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(parse(chartFile('Chart.yaml'))).toMatchObject({ version, appVersion: version });
  });
});

describeWith('go')('The rendered Helm chart', () => {
  let plain: KubernetesObject[];
  let full: KubernetesObject[];

  beforeAll(() => {
    plain = renderedChart();
    full = renderedChart(EVERYTHING);
  }, 60_000);

  it('has the expected objects', () => {
    const always = [
      'Deployment hooks-api',
      'Deployment hooks-dispatcher',
      'PodDisruptionBudget hooks-api',
      'PodDisruptionBudget hooks-dispatcher',
      'Job hooks-migrate',
      'NetworkPolicy hooks-api',
      'NetworkPolicy hooks-dispatcher',
      'NetworkPolicy hooks-migrate',
      'NetworkPolicy hooks-webhooks',
      'Service hooks-api',
      'Service hooks-dispatcher',
    ];
    expect(ids(plain).sort()).toEqual(always.toSorted());
    const more = ['HorizontalPodAutoscaler hooks-dispatcher', 'ServiceMonitor hooks'];
    expect(ids(full).sort()).toEqual([...always, ...more].sort());
    expect(ids(renderedChart({ networkPolicy: { enabled: false } })).join()).not.toContain('NetworkPolicy');
  });

  it('has only fields that Kubernetes knows, with values of their types', () => {
    // ServiceMonitor is a type of the Prometheus operator.
    expect(typeFaults([...plain, ...full].filter(({ kind }) => kind !== 'ServiceMonitor'))).toEqual([]);
    const { spec, ...rest } = named(plain, 'Deployment', 'hooks-api');
    const wrong = [{ replica: 2 }, { replicas: '2' }].map((fields) => ({ ...rest, spec: { ...spec, ...fields } }));
    expect(typeFaults(wrong)).toEqual([
      expect.stringContaining(`'"replica"' does not exist`),
      expect.stringContaining("Type 'string' is not assignable to type 'number'"),
    ]);
  });

  it('keeps the restricted Pod Security Standard, with a read-only file system and no token', () => {
    expect(pods(full)).toHaveLength(3);
    for (const { spec } of pods(full)) {
      expect(spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(spec.containers[0].securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it('gives the owner to the migration only, and runs it before the pods', () => {
    const secrets = (object: KubernetesObject) => container(object).envFrom.map(({ secretRef }) => secretRef.name);
    const job = named(full, 'Job', 'hooks-migrate');
    expect(secrets(job)).toEqual(['docmap-webhooks-owner']);
    expect(job.metadata.annotations).toMatchObject({ 'helm.sh/hook': 'pre-install,pre-upgrade' });
    expect(container(job).args).toEqual(['dist/bundle/migrate.js']);
    for (const role of ['api', 'dispatcher']) {
      expect(secrets(named(full, 'Deployment', `hooks-${role}`))).toEqual(['docmap-webhooks-application']);
    }
  });

  it('sets variables that the service knows, to values that it accepts', () => {
    for (const role of ['api', 'dispatcher']) {
      const env = environment(named(full, 'Deployment', `hooks-${role}`));
      expect(Object.keys(env).filter((name) => !VARIABLE_NAMES.includes(name))).toEqual([]);
      const secrets = { DATABASE_URL: 'postgresql://db/docmap', SECRETS_KEY: Buffer.alloc(32).toString('base64') };
      expect(loadConfig({ ...env, ...secrets })).toMatchObject({
        role,
        autoMigrate: false,
        deliveryTimeoutMs: 10_000,
        shutdownDelayMs: 10_000,
        allowedNetworks: ['10.1.0.0/16', 'fd00::/8'],
        retentionDays: 60,
      });
    }
  });

  it('waits for the delay, the deadline and ten seconds before it kills a process', () => {
    const slow = renderedChart({ deliveryTimeoutSeconds: 600, shutdownDelaySeconds: 30 });
    const deployment = named(slow, 'Deployment', 'hooks-dispatcher');
    expect(environment(deployment)).toMatchObject({ DELIVERY_TIMEOUT_MS: '600000', SHUTDOWN_DELAY_MS: '30000' });
    expect(pod(deployment).spec.terminationGracePeriodSeconds).toBeGreaterThan(600 + 30 + 10);
  });

  it('asks the health routes, at the port of the service', () => {
    const { paths } = JSON.parse(readFileSync('openapi.json', 'utf8')) as { paths: object };
    for (const role of ['api', 'dispatcher']) {
      const { startupProbe, livenessProbe, readinessProbe, ports } = container(
        named(full, 'Deployment', `hooks-${role}`),
      );
      expect(startupProbe.httpGet.path).toBe('/health');
      expect(livenessProbe.httpGet.path).toBe('/health');
      expect(readinessProbe.httpGet.path).toBe('/health/ready');
      for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe]) {
        expect(Object.keys(paths)).toContain(httpGet.path);
        expect(httpGet.port).toBe('http');
      }
      expect(readinessProbe.timeoutSeconds).toBeGreaterThan(1.5);
      expect(ports).toEqual([{ name: 'http', containerPort: loadConfig({}).port }]);
    }
  });

  it('selects pods that exist, each by its role', () => {
    const labels = pods(full).map(({ metadata }) => metadata.labels);
    const selectors = full.flatMap(({ kind, metadata, spec }) => {
      const selector = kind === 'Service' ? spec.selector : (spec.podSelector ?? spec.selector);
      if (selector === undefined || kind === 'ServiceMonitor') return [];
      const wanted = ((selector as { matchLabels?: object }).matchLabels ?? selector) as Record<string, string>;
      return [{ id: `${kind} ${metadata.name}`, wanted }];
    });
    expect(selectors.length).toBeGreaterThan(9);
    for (const { id, wanted } of selectors) {
      const roles = labels.filter((pod) => Object.entries(wanted).every(([name, value]) => pod[name] === value));
      expect([id, roles.length]).toEqual([id, 1]);
    }
  });

  it('leaves the number of dispatchers to the autoscaler', () => {
    expect(named(plain, 'Deployment', 'hooks-dispatcher').spec.replicas).toBe(2);
    expect(named(full, 'Deployment', 'hooks-dispatcher').spec).not.toHaveProperty('replicas');
    expect(named(full, 'HorizontalPodAutoscaler', 'hooks-dispatcher').spec).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: 'hooks-dispatcher' },
      metrics: [{ type: 'External', external: { target: { type: 'AverageValue', averageValue: '100' } } }],
    });
  });

  it('lets Prometheus read both services', () => {
    const { spec } = named(full, 'ServiceMonitor', 'hooks');
    expect(spec.endpoints).toEqual([{ port: 'http', path: '/metrics', interval: '15s' }]);
    const wanted = (spec.selector as { matchLabels: Record<string, string> }).matchLabels;
    for (const role of ['api', 'dispatcher']) {
      expect(named(full, 'Service', `hooks-${role}`).metadata.labels).toMatchObject(wanted);
    }
  });

  it('opens to dispatchers the addresses of the target policy, and no others', () => {
    const { spec } = named(plain, 'NetworkPolicy', 'hooks-webhooks');
    const [{ to, ports }] = spec.egress as [{ to: { ipBlock: { cidr: string; except: string[] } }[]; ports: object[] }];
    expect(ports).toEqual([
      { protocol: 'TCP', port: 443 },
      { protocol: 'TCP', port: 1_024, endPort: 65_535 },
    ]);
    const blocks = to.map(({ ipBlock }) => ({ all: listOf([ipBlock.cidr]), except: listOf(ipBlock.except) }));
    const isOpen = (address: string) => {
      const family = address.includes(':') ? 'ipv6' : 'ipv4';
      return blocks.some(({ all, except }) => all.check(address, family) && !except.check(address, family));
    };
    const policy = new TargetPolicy({ allowedNetworks: [] });
    const addresses = [...SPECIAL_IPV4, ...SPECIAL_IPV6].flatMap(([, ...inRange]) => inRange);
    const differences = [...addresses, '1.1.1.1', '2606:4700::1111'].filter(
      (address) => isOpen(address) !== policy.allows(address),
    );
    expect(differences).toEqual([]);
  });

  it('opens the private networks that webhooks may reach', () => {
    const { spec } = named(full, 'NetworkPolicy', 'hooks-webhooks');
    const [{ to }] = spec.egress as [{ to: object[] }];
    expect(to.slice(2)).toEqual([{ ipBlock: { cidr: '10.1.0.0/16' } }, { ipBlock: { cidr: 'fd00::/8' } }]);
  });
});

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address, prefix] = network.split('/');
    list.addSubnet(address!, Number(prefix), network.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}
