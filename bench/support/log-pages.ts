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

/** How long it takes to get the newest page of the log, in milliseconds, once for each time. */
export async function firstPages(client: HttpClient, times: number): Promise<number[]> {
  const durations: number[] = [];
  for (let number = 0; number < times; number += 1) durations.push((await timedPage(client, '')).duration);
  return durations;
}

/** How long it takes to get further pages from a cursor on, in milliseconds; at the log's end it begins anew. */
export async function deepPages(client: HttpClient, begin: string, times: number): Promise<number[]> {
  const durations: number[] = [];
  for (let cursor = begin; durations.length < times;) {
    const { page, duration } = await timedPage(client, cursor);
    durations.push(duration);
    cursor = page.nextCursor ?? begin;
  }
  return durations;
}

/** A cursor as the page that ends so long ago has it. */
export function cursorBefore(milliseconds: number): string {
  return cursorOf(uuidV7Floor(Date.now() - milliseconds));
}

/** The cursor behind so many pages. */
export async function cursorBehind(client: HttpClient, pages: number): Promise<string> {
  let cursor = '';
  for (let number = 0; number < pages; number += 1) {
    cursor = (await timedPage(client, cursor)).page.nextCursor ?? '';
  }
  return cursor;
}

/** @throws Error when the page is not full: it would be cheaper than others */
async function timedPage(client: HttpClient, cursor: string): Promise<{ page: Page; duration: number }> {
  const begin = now();
  const text = await client.get(`${PATH}?limit=${PAGE_SIZE}${cursor === '' ? '' : `&cursor=${cursor}`}`);
  const duration = now() - begin;
  const page = JSON.parse(text) as Page;
  if (page.data.length < PAGE_SIZE && page.hasMore) throw new Error(`A page has ${page.data.length} records`);
  return { page, duration };
}
