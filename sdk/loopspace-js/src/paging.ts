import type { RequestOptions } from "./options.js";

/** A page of a list. */
export interface Page<T> {
  readonly data: T[];
  /** The number of this page; the first is 1. */
  readonly page: number;
  /** The largest number of items on a page. */
  readonly limit: number;
  /** The number of items on all pages. Searches and delivery lists count at most 1,000. */
  readonly total: number;
  /** Whether another page can be requested. A page has to start within the first 10,000 items of a list. */
  readonly hasMore: boolean;
}

export interface PageOptions extends RequestOptions {
  /** The number of the page; the first is 1 (default). */
  readonly page?: number | undefined;
  /** The number of items on a page: 1 to 100 (default 20). */
  readonly limit?: number | undefined;
}

/** The largest allowed page, so that iterating a list needs the fewest calls. */
const ITERATED = 100;

/** Iterates all items of a list. A page is requested only when its first item is needed. */
export async function* everyItem<T>(
  getPage: (options: { readonly page: number; readonly limit: number }) => Promise<Page<T>>,
): AsyncGenerator<T, void, undefined> {
  for (let page = 1; ; page++) {
    const { data, hasMore } = await getPage({ page, limit: ITERATED });
    yield* data;
    if (!hasMore || data.length === 0) return;
  }
}
