CREATE TABLE `email_links` (
	`token_hash` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`kind` text NOT NULL,
	`email` text NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `email_links_by_user` ON `email_links` (`user_id`);--> statement-breakpoint
CREATE INDEX `email_links_expires_at` ON `email_links` (`expires_at`);--> statement-breakpoint
ALTER TABLE `users` ADD `email_confirmed_at` integer;--> statement-breakpoint
ALTER TABLE `users` ADD `pending_email` text;--> statement-breakpoint
ALTER TABLE `oauth_clients` ADD `disabled_at` integer;--> statement-breakpoint
-- Addresses from before confirmation was asked for count as confirmed.
UPDATE `users` SET `email_confirmed_at` = `created_at` WHERE `email` IS NOT NULL;
