ALTER TABLE `meeting_participants` ADD `visits` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE `meeting_participants` ADD `seated_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `meetings_open_by_end` ON `meetings` (`end_at`) WHERE ended_at IS NULL AND cancelled_at IS NULL;