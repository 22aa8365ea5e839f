/** Prints the rows of statements on an embedded database as JSON: `read-embedded.mjs <directory> <statement>…`. */
import { PGlite } from '@electric-sql/pglite';

const [directory, ...statements] = process.argv.slice(2);
const pglite = new PGlite({ dataDir: directory });
const results = [];
for (const statement of statements) results.push((await pglite.query(statement)).rows);
await pglite.close();
process.stdout.write(JSON.stringify(results));
