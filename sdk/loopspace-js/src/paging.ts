import type { RequestOptions } from "./options.js";

/** A page of a list. */
export interface Page<T> {
  readonly data: T[];
  /** The first is 1. */
  readonly page: number;
  readonly limit: number;
  /** Of all pages; a search counts to 1,000. */
  readonly total: number;
  /** Whether there is another page. None begins behind the first 10,000 of a list. */
  readonly hasMore: boolean;
}

export interface PageOptions extends RequestOptions {
  /** The first is 1. */
  readonly page?: number | undefined;
  /** 1 to 100 (default 20). */
  readonly limit?: number | undefined;
}

/** The fewest calls. */
const ITERATED = 100;

/** All items of a list, asked for page by page as they are wanted. */
export async function* everyItem<T>(
  getPage: (options: { readonly page: number; readonly limit: number }) => Promise<Page<T>>,
): AsyncGenerator<T, void, undefined> {
  for (let page = 1; ; page++) {
    const { data, hasMore } = await getPage({ page, limit: ITERATED });
    yield* data;
    if (!hasMore || data.length === 0) return;
  }
}
