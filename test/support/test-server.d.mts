export const SERVER_URL: string;
export function urlOf(database: string): string;
export function onServer(sql: string): Promise<Record<string, unknown>[]>;
export function probeServer(): Promise<string | undefined>;
