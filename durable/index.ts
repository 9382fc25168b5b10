export { MeetingRoom } from "./meeting-room.ts";
export { ProgressChannel } from "./progress-channel.ts";
export { ProviderBreaker } from "./provider-breaker.ts";
export { RateLimiter } from "./rate-limiter.ts";
export { ResumableUpload } from "./resumable-upload.ts";
