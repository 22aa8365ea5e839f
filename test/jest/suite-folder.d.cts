export function folderOf(suite: string): string;
export function isSuite(file: string): boolean;
