import type { AppContext } from "../../../http/context.ts";
import type { DomainError } from "../../../lib/domain-error.ts";
export const errorPage = (c: AppContext, _error: DomainError, status: number): Response =>
  c.text("x", status as 200) as Response;
