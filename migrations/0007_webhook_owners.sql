ALTER TABLE `webhook_endpoints` ADD `last_failure_at` integer;--> statement-breakpoint
ALTER TABLE `webhook_endpoints` ADD `slow_until` integer;--> statement-breakpoint
ALTER TABLE `webhook_endpoints` ADD `owner_told_at` integer;--> statement-breakpoint
CREATE INDEX `webhook_endpoints_untold` ON `webhook_endpoints` (`updated_at`) WHERE disabled_reason IN ('gone', 'failing') AND owner_told_at IS NULL;