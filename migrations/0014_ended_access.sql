CREATE TABLE `ended_access` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`user_id` integer NOT NULL,
	`session_id` text,
	`meeting_id` integer,
	`visit` integer,
	`ended_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `ended_access_by_user` ON `ended_access` (`user_id`);--> statement-breakpoint
CREATE INDEX `ended_access_by_time` ON `ended_access` (`ended_at`);--> statement-breakpoint
ALTER TABLE `meeting_participants` ADD `session_id` text;--> statement-breakpoint
CREATE INDEX `meeting_participants_present_by_user` ON `meeting_participants` (`user_id`) WHERE left_at IS NULL;--> statement-breakpoint
ALTER TABLE `oauth_clients` ADD `needs_new_secret_since` integer;--> statement-breakpoint
CREATE INDEX `oauth_codes_unused_by_user` ON `oauth_codes` (`user_id`) WHERE grant_id IS NULL;--> statement-breakpoint
CREATE INDEX `oauth_tokens_of_own_apps` ON `oauth_tokens` (`user_id`) WHERE grant_id IS NULL;