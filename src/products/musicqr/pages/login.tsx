import type { AppContext } from "../../../http/context.ts";
import type { DomainError } from "../../../lib/domain-error.ts";
export const loginPage = (c: AppContext, _error?: DomainError): Response => c.text("x") as Response;
