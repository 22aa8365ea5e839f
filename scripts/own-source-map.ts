import { decode, encode } from '@jridgewell/sourcemap-codec';

interface SourceMap {
  version: number;
  file?: string;
  names: string[];
  sources: string[];
  mappings: string;
}

/**
 * Reduces the source map of a bundle to the positions of this project's sources.
 *
 * Node.js parses the map at the start, and keeps it in memory. The map of all packages takes 14.6 MB, 70 MB of memory and half a
 * second of processor time. Most of it is the text of the sources, which a stack does not need.
 *
 * The names of all sources stay: they show the packages in the bundle.
 */
export function ownSourceMap({ version, file, sources, mappings }: SourceMap): SourceMap {
  const isOwn = sources.map((source) => !source.includes('node_modules/'));
  const own = decode(mappings).map((line) =>
    // A segment of four numbers: column, source, line and column of the source.
    line.flatMap((segment): [number, number, number, number][] => {
      if (segment.length === 1 || !isOwn[segment[1]]) return [];
      const [column, source, sourceLine, sourceColumn] = segment;
      return [[column, source, sourceLine, sourceColumn]];
    }),
  );
  return { version, ...(file === undefined ? {} : { file }), names: [], sources, mappings: encode(own) };
}
