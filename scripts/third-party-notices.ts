import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files that must be distributed: the text of a licence, and the notices of Apache-2.0 (section 4d). */
const LICENCE_FILE = /^(licen[cs]e|copying|notice)/i;
/** The folder of the package that a module is in. */
const PACKAGE_FOLDER = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/;
const RULE = `\n\n${'-'.repeat(80)}\n\n`;

interface PackageManifest {
  name: string;
  version: string;
  license?: string;
  author?: string | { name: string; email?: string };
}

/**
 * Name, version, licence and licence text of every package that a bundle contains, sorted by name.
 *
 * @param moduleIds the absolute paths of the bundle's modules
 * @param mit the text of the MIT licence, for packages that name MIT without a copy of its text
 * @throws Error when a package names no licence, or names another licence without a copy of its text
 */
export function thirdPartyNotices(moduleIds: readonly string[], mit: string): string {
  const folders = new Set(moduleIds.flatMap((id) => PACKAGE_FOLDER.exec(id)?.[0] ?? []));
  const notices = [...folders].map((folder) => noticeOf(folder, mit));
  return `${['This program contains the following packages.', ...[...new Set(notices)].sort()].join(RULE)}\n`;
}

/** `name@version` of every package in a text of {@link thirdPartyNotices}. */
export function noticedPackages(notices: string): Set<string> {
  return new Set(
    notices.split(RULE).flatMap((notice) => {
      const head = /^(\S+) (\S+)\nLicence: /.exec(notice);
      return head === null ? [] : [`${head[1]}@${head[2]}`];
    }),
  );
}

function noticeOf(folder: string, mit: string): string {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageManifest;
  const { name, version, license } = manifest;
  if (license === undefined) throw new Error(`${name} ${version} names no licence`);

  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  const texts = files.flatMap((entry) =>
    LICENCE_FILE.test(entry.name) ? [readFileSync(join(folder, entry.name), 'utf8').trim()] : [],
  );
  if (texts.length === 0) texts.push(textOf(manifest, mit));
  return [`${name} ${version}\nLicence: ${license}`, ...texts].join('\n\n');
}

function textOf({ name, version, license, author }: PackageManifest, mit: string): string {
  const holder = typeof author === 'string' ? author : author?.name;
  if (license !== 'MIT' || holder === undefined) throw new Error(`${name} ${version} holds no text of its licence`);
  return mit.replace(/^Copyright .*$/m, `Copyright (c) ${holder}`).trim();
}
