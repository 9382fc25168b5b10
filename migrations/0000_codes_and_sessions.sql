CREATE TABLE `code_list_anchors` (
	`list` text PRIMARY KEY NOT NULL,
	`built_at` integer NOT NULL,
	`anchors` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `code_totals` (
	`status` integer PRIMARY KEY NOT NULL,
	`count` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `codes` (
	`id` integer PRIMARY KEY NOT NULL,
	`code` text NOT NULL,
	`created_at` integer NOT NULL,
	`activated_at` integer,
	`activation_ip` text,
	`activation_country` text,
	`activation_user_agent` text,
	`revoked_at` integer,
	`query_count` integer DEFAULT 0 NOT NULL,
	`last_query_at` integer,
	`status` integer GENERATED ALWAYS AS (CASE WHEN revoked_at IS NOT NULL THEN 2 WHEN activated_at IS NOT NULL THEN 1 ELSE 0 END) VIRTUAL,
	`activation_order` integer GENERATED ALWAYS AS (ifnull(activated_at, 0)) VIRTUAL,
	`last_query_order` integer GENERATED ALWAYS AS (ifnull(last_query_at, 0)) VIRTUAL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `codes_code_unique` ON `codes` (`code`);--> statement-breakpoint
CREATE INDEX `codes_by_created` ON `codes` (`status`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `codes_by_code` ON `codes` (`status`,`code`,`id`);--> statement-breakpoint
CREATE INDEX `codes_by_activation` ON `codes` (`status`,`activation_order`,`id`);--> statement-breakpoint
CREATE INDEX `codes_by_count` ON `codes` (`status`,`query_count`,`id`);--> statement-breakpoint
CREATE INDEX `codes_by_last_query` ON `codes` (`status`,`last_query_order`,`id`);--> statement-breakpoint
CREATE TABLE `scan_batches` (
	`id` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `scan_batches_by_time` ON `scan_batches` (`at`);--> statement-breakpoint
CREATE TABLE `scan_days` (
	`day` text PRIMARY KEY NOT NULL,
	`scans` integer NOT NULL,
	`invalid` integer NOT NULL,
	`activations` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `scans` (
	`code_id` integer NOT NULL,
	`at` integer NOT NULL,
	`part` text NOT NULL,
	`times` integer NOT NULL,
	`ip` text NOT NULL,
	`country` text,
	`user_agent` text NOT NULL,
	PRIMARY KEY(`code_id`, `at`, `part`)
);
--> statement-breakpoint
CREATE INDEX `scans_by_time` ON `scans` (`at`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`token_hash` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`credential_tag` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `sessions_expires_at` ON `sessions` (`expires_at`);--> statement-breakpoint
CREATE TABLE `users` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`uuid` text NOT NULL,
	`username` text NOT NULL,
	`role` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_uuid_unique` ON `users` (`uuid`);--> statement-breakpoint
CREATE UNIQUE INDEX `users_username_unique` ON `users` (`username`);