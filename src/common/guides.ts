import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

const FOLDER = new URL('../../docs/', import.meta.url);

/** The guides that the documentation page links to, and the folders of the pages that they link to. */
const SERVED = ['receiving-webhooks.md', 'owning-webhooks.md', 'operating.md', 'receivers/', 'ko/'];

/** Fenced code: links in it are text. */
const FENCED = /(^```.*?^```$)/ms;

/** A link or image with a relative target. The target of a page may have a fragment. */
const RELATIVE_LINK = /!?\[([^\]]+)\]\((?!https?:|#)([^()\s#]+)(#[^()\s]*)?\)/g;

/** A page of the documents. */
interface Guide {
  /** The path below `docs`, with `/` as separator. */
  file: string;
  /** Reads the text to serve. Only links to other guides are left: the rest of the repository is not served. */
  text(): string;
}

/** The pages that the service serves: none in the library, which has no documents. */
export const GUIDES: readonly Guide[] = found();

function found(): Guide[] {
  const files = SERVED.flatMap((path) => (path.endsWith('/') ? pagesIn(path) : path)).filter((file) =>
    existsSync(new URL(file, FOLDER)),
  );
  const isServed = new Set(files);
  return files.map((file) => {
    // Read at the first request: few processes are asked for guides, and all of them together take 30 ms of a start.
    let text: string | undefined;
    return { file, text: () => (text ??= textOf(file, isServed)) };
  });
}

function textOf(file: string, served: ReadonlySet<string>): string {
  return readFileSync(new URL(file, FOLDER), 'utf8')
    .split(FENCED)
    .map((part) => (part.startsWith('```') ? part : withoutOtherLinks(part, file, served)))
    .join('');
}

function pagesIn(folder: string): string[] {
  const url = new URL(folder, FOLDER);
  if (!existsSync(url)) return [];
  const names = readdirSync(url, { encoding: 'utf8', recursive: true });
  return names.filter((name) => name.endsWith('.md')).map((name) => folder + name.replaceAll('\\', '/'));
}

/** Names the path in the repository in place of a link that would lead to no page. */
function withoutOtherLinks(text: string, file: string, served: ReadonlySet<string>): string {
  return text.replaceAll(RELATIVE_LINK, (link, label: string, target: string) => {
    const path = posix.join('docs', posix.dirname(file), target);
    return served.has(posix.relative('docs', path)) ? link : `${label} (\`${path}\`)`;
  });
}
