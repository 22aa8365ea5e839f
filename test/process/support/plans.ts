import type { Prisma } from '../../../src/generated/prisma/client.js';
import type { DatabaseSession } from '../../../src/database/database-session.js';

/** A node of a plan of PostgreSQL, after it ran. */
interface Node {
  'Node Type': string;
  'Index Name'?: string;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: Node[];
}

/** The rows and pages that a statement read. */
export interface Reading {
  /** Pages of tables and indexes, each time that the statement read them. */
  pages: number;
  /** The names of the indexes. */
  indexes: string[];
  /** The number of scans of whole tables. */
  tableScans: number;
}

/** Runs a statement with the plan that PostgreSQL makes for it. */
export async function readingOf(session: DatabaseSession, { text, values }: Prisma.Sql): Promise<Reading> {
  const [row] = await session.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(
    `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`,
    values,
  );
  if (!row) throw new Error('PostgreSQL gave no plan');
  const { Plan: plan } = row['QUERY PLAN'][0];
  const nodes = nodesOf(plan);
  return {
    pages: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
    indexes: [...new Set(nodes.flatMap((node) => node['Index Name'] ?? []))],
    tableScans: nodes.filter((node) => node['Node Type'] === 'Seq Scan').length,
  };
}

function nodesOf(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}
