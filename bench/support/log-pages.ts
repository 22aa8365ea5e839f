import { cursorOf } from '../../src/common/cursor.js';
import { uuidV7Floor } from '../../src/common/ids.js';
import { now } from './clock.js';
import type { HttpClient } from './http-client.js';

const PATH = '/v1/webhooks/deliveries';
const PAGE_SIZE = 50;

interface Page {
  data: unknown[];
  hasMore: boolean;
  nextCursor: string | null;
}

/** Gets the newest page of the log several times and returns the durations in milliseconds. */
export async function firstPages(client: HttpClient, times: number): Promise<number[]> {
  const durations: number[] = [];
  for (let number = 0; number < times; number += 1) durations.push((await timedPage(client, '')).duration);
  return durations;
}

/** Gets the pages after a cursor and returns the durations in milliseconds. After the last page it starts again. */
export async function deepPages(client: HttpClient, begin: string, times: number): Promise<number[]> {
  const durations: number[] = [];
  for (let cursor = begin; durations.length < times;) {
    const { page, duration } = await timedPage(client, cursor);
    durations.push(duration);
    cursor = page.nextCursor ?? begin;
  }
  return durations;
}

/** The cursor of a page that ends this long ago. */
export function cursorBefore(milliseconds: number): string {
  return cursorOf(uuidV7Floor(Date.now() - milliseconds));
}

/** The cursor after this many pages. */
export async function cursorBehind(client: HttpClient, pages: number): Promise<string> {
  let cursor = '';
  for (let number = 0; number < pages; number += 1) {
    cursor = (await timedPage(client, cursor)).page.nextCursor ?? '';
  }
  return cursor;
}

/** @throws Error when the page is not full, because it would be faster than others */
async function timedPage(client: HttpClient, cursor: string): Promise<{ page: Page; duration: number }> {
  const begin = now();
  const text = await client.get(`${PATH}?limit=${PAGE_SIZE}${cursor === '' ? '' : `&cursor=${cursor}`}`);
  const duration = now() - begin;
  const page = JSON.parse(text) as Page;
  if (page.data.length < PAGE_SIZE && page.hasMore) throw new Error(`A page has ${page.data.length} records`);
  return { page, duration };
}
