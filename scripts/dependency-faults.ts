import { tableBelow } from './markdown-table.js';

/** What is read of package.json. */
export interface Manifest {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  overrides?: Overrides;
  /** npm's own field: whose install scripts may run. */
  allowScripts?: Record<string, boolean>;
}

interface Overrides {
  [name: string]: string | Overrides;
}

/** What is read of package-lock.json. */
export interface Lock {
  packages: Record<string, LockEntry>;
}

export interface LockEntry {
  version?: string;
  license?: string;
  integrity?: string;
  resolved?: string;
  hasInstallScript?: boolean;
  /** True of a package that only development dependencies need. */
  dev?: boolean;
}

const REGISTRY = 'https://registry.npmjs.org/';

/** Where package.json, the lock file and docs/dependencies.md disagree, a sentence each; empty when they agree. */
export function dependencyFaults(manifest: Manifest, lock: Lock, document: string): string[] {
  const locked = Object.entries(lock.packages).filter(([path]) => path !== '');
  const withScript = locked.filter(([, entry]) => entry.hasInstallScript).map(([path]) => nameOf(path));
  const direct = [manifest.dependencies, manifest.devDependencies].map((group) => Object.keys(group));
  const overridden = leavesOf(manifest.overrides ?? {});
  const sections: Record<string, string[]> = {
    Dependencies: direct[0]!,
    'Development dependencies': direct[1]!,
    Overrides: overridden,
    Figures: [...direct.flat(), ...overridden],
    'Install scripts': withScript,
  };

  return [
    ...Object.entries(sections).flatMap(([heading, names]) =>
      differences(names, namesBelow(heading, document), `"${heading}" of the document`),
    ),
    ...differences(withScript, deniedBy(manifest), 'what allowScripts of package.json denies'),
    ...tableBelow('Figures', document).flatMap((row) => outdated(row, lock)),
    ...locked.filter(([, { integrity }]) => !integrity).map(([path]) => `${nameOf(path)} is locked without a checksum`),
    ...locked
      .filter(([, { resolved }]) => resolved !== undefined && !resolved.startsWith(REGISTRY))
      .map(([path, { resolved }]) => `${nameOf(path)} is locked to ${resolved}, not to ${REGISTRY}`),
  ];
}

function namesBelow(heading: string, document: string): string[] {
  return tableBelow(heading, document).map(([name]) => name!);
}

/** `@swc/core` of `node_modules/@swc/jest/node_modules/@swc/core` */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function leavesOf(overrides: Overrides): string[] {
  return Object.entries(overrides).flatMap(([name, value]) => (typeof value === 'string' ? name : leavesOf(value)));
}

function deniedBy({ allowScripts = {} }: Manifest): string[] {
  return Object.keys(allowScripts).filter((name) => allowScripts[name] === false);
}

function differences(names: string[], listed: string[], where: string): string[] {
  return [
    ...[...new Set(names)].filter((name) => !listed.includes(name)).map((name) => `${name} is missing in ${where}`),
    ...listed.filter((name) => !names.includes(name)).map((name) => `${name} has no place in ${where}`),
  ];
}

function outdated([name, version, , , license, script]: string[], { packages }: Lock): string[] {
  const entry = packages[`node_modules/${name}`];
  if (entry === undefined) return [];

  const [said, true_] = [
    [version, license, script],
    [entry.version, entry.license, entry.hasInstallScript ? 'yes' : 'no'],
  ].map((facts) => facts.join(', '));
  return said === true_ ? [] : [`"Figures" of the document say ${said} of ${name}, the lock file ${true_}`];
}
