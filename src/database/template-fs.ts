import { MemoryFS, PGlite } from '@electric-sql/pglite';
import type { PackedFiles } from './packed-directory.js';

/**
 * A file system in memory with initial files. PGlite's `loadDataDir` takes a tar archive instead and copies it, which
 * costs 0.2 s more CPU time and 60 MB more memory.
 */
export class TemplateFS extends MemoryFS {
  /** @param template the files; PGlite loads its program while they are unpacked */
  constructor(private readonly template: Promise<PackedFiles>) {
    super();
    // Avoids an unhandled rejection. PGlite awaits the template later and fails then.
    template.catch(() => undefined);
  }

  /** PGlite calls this before it looks for a database. */
  override async initialSyncFs(): Promise<void> {
    const { PGDATA } = PGlite.paths;
    const { FS } = this.pg!.Module;
    const { directories, files } = await this.template;
    FS.mkdirTree(PGDATA);
    for (const path of directories) FS.mkdirTree(`${PGDATA}/${path}`);
    // canOwn avoids a copy of the contents.
    for (const [path, contents] of files) FS.writeFile(`${PGDATA}/${path}`, contents, { canOwn: true });
  }
}
