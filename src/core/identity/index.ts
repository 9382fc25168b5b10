export { type AdminSession, AdminSessions, SESSION_TTL_MS } from "./admin-sessions.ts";
