import { newRouter } from "../../../http/validation.ts";
export const pages = newRouter();
