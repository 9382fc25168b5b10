import { MAX_SKIPPED, type PageQuery } from "../contract/index.ts";

/**
 * Builds a page of a list. Pass `hasMore` if `total` is capped and does not tell whether more rows follow. The page's
 * `hasMore` is false if `pageQuery` would refuse the next page.
 */
export const toPage = <T>(
  data: T[],
  total: number,
  { page, limit }: PageQuery,
  hasMore = page * limit < total,
) => ({ data, page, limit, total, hasMore: hasMore && page * limit <= MAX_SKIPPED });

/** Returns one page of a list that is short enough to be read completely. */
export const pageOfArray = <T>(items: readonly T[], query: PageQuery) =>
  toPage(items.slice((query.page - 1) * query.limit, query.page * query.limit), items.length, query);
