export { AdminSessions, type AdminSession, SESSION_TTL_MS } from "./admin-sessions.ts";
