CREATE TABLE `meeting_files` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`meeting_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	`name` text NOT NULL,
	`kind` text NOT NULL,
	`media_type` text NOT NULL,
	`bytes` integer NOT NULL,
	`key` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `meeting_files_by_meeting` ON `meeting_files` (`meeting_id`,`created_at`,`id`);--> statement-breakpoint
CREATE TABLE `meeting_participants` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`meeting_id` integer NOT NULL,
	`user_id` integer NOT NULL,
	`guest_name` text,
	`joined_at` integer NOT NULL,
	`left_at` integer,
	`kicked_at` integer,
	FOREIGN KEY (`meeting_id`) REFERENCES `meetings`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `meeting_participants_once` ON `meeting_participants` (`meeting_id`,`user_id`);--> statement-breakpoint
CREATE INDEX `meeting_participants_present` ON `meeting_participants` (`meeting_id`) WHERE left_at IS NULL;--> statement-breakpoint
CREATE INDEX `meeting_participants_by_user` ON `meeting_participants` (`user_id`,`meeting_id`);--> statement-breakpoint
CREATE TABLE `meetings` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`code` text NOT NULL,
	`host_id` integer NOT NULL,
	`title` text NOT NULL,
	`description` text NOT NULL,
	`kind` text NOT NULL,
	`start_at` integer NOT NULL,
	`end_at` integer,
	`max_participants` integer NOT NULL,
	`is_recording_enabled` integer NOT NULL,
	`allows_guests` integer NOT NULL,
	`password_cipher` text,
	`password_key_id` text,
	`started_at` integer,
	`ended_at` integer,
	`cancelled_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `meetings_code_unique` ON `meetings` (`code`);--> statement-breakpoint
CREATE INDEX `meetings_by_host` ON `meetings` (`host_id`,`start_at`,`id`);--> statement-breakpoint
ALTER TABLE `users` ADD `full_name` text;--> statement-breakpoint
ALTER TABLE `users` ADD `avatar_url` text;