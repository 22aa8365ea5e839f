import { tableBelow } from './markdown-table.js';

/** The part of package.json that the checks read. */
export interface Manifest {
  dependencies: Record<string, string>;
  /** Packages that exist once in an application that imports this package. Some are optional. */
  peerDependencies?: Record<string, string>;
  devDependencies: Record<string, string>;
  overrides?: Overrides;
  /** A field of npm: whether the install scripts of a package may run. */
  allowScripts?: Record<string, boolean>;
}

interface Overrides {
  [name: string]: string | Overrides;
}

/** The part of package-lock.json that the checks read. */
export interface Lock {
  packages: Record<string, LockEntry>;
}

export interface LockEntry {
  version?: string;
  license?: string;
  integrity?: string;
  resolved?: string;
  hasInstallScript?: boolean;
  /** True if only development dependencies need the package. */
  dev?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const REGISTRY = 'https://registry.npmjs.org/';

/** Compares package.json, the lock file and docs/dependencies.md. Returns one sentence per disagreement. */
export function dependencyFaults(manifest: Manifest, lock: Lock, document: string): string[] {
  const locked = Object.entries(lock.packages).filter(([path]) => path !== '');
  const withScript = locked.filter(([, entry]) => entry.hasInstallScript).map(([path]) => nameOf(path));
  const { dependencies, peerDependencies = {}, devDependencies } = manifest;
  const overridden = leavesOf(manifest.overrides ?? {});
  const direct = Object.keys({ ...dependencies, ...devDependencies });
  // A package that only the service needs is a development dependency, because applications do not need it.
  const ofService = new Set([
    ...Object.keys({ ...dependencies, ...peerDependencies }),
    ...namesBelow('Dependencies', document),
  ]);
  const sections: Record<string, string[]> = {
    Dependencies: direct.filter((name) => ofService.has(name)),
    'Development dependencies': direct.filter((name) => !ofService.has(name)),
    Overrides: overridden,
    'Install scripts': withScript,
  };

  return [
    ...Object.entries(sections).flatMap(([heading, names]) =>
      differences(names, namesBelow(heading, document), `"${heading}" of the document`),
    ),
    ...differences(withScript, deniedBy(manifest), 'the denied packages of allowScripts in package.json'),
    ...locked.filter(([, { integrity }]) => !integrity).map(([path]) => `${nameOf(path)} is locked without a checksum`),
    ...locked
      .filter(([, { resolved }]) => resolved !== undefined && !resolved.startsWith(REGISTRY))
      .map(([path, { resolved }]) => `${nameOf(path)} is locked to ${resolved}, not to ${REGISTRY}`),
  ];
}

function namesBelow(heading: string, document: string): string[] {
  return tableBelow(heading, document).map(([name]) => name!);
}

/** Returns `@swc/core` for `node_modules/@swc/jest/node_modules/@swc/core`. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/**
 * The lock file's paths of these packages and of all their dependencies. This includes development dependencies that are
 * part of the built service.
 */
export function lockedBelow(names: string[], { packages }: Lock): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (name: string, from: string): void => {
    const path = foldersAbove(from)
      .map((folder) => `${folder}node_modules/${name}`)
      .find((candidate) => candidate in packages);
    if (path === undefined || found.has(path)) return;
    found.add(path);
    const { dependencies, optionalDependencies } = packages[path]!;
    for (const below of Object.keys({ ...dependencies, ...optionalDependencies })) add(below, `${path}/`);
  };
  for (const name of names) add(name, '');
  return found;
}

/** The folders in which Node looks for `node_modules`: `node_modules/a/node_modules/b/`, `node_modules/a/`, the project. */
function foldersAbove(folder: string): string[] {
  if (folder === '') return [''];
  return [folder, ...foldersAbove(folder.slice(0, folder.lastIndexOf('node_modules/')))];
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
