export function prepareDatabases(): Promise<void>;
export function takeDatabase(): Promise<string>;
export function returnDatabase(name: string): Promise<void>;
