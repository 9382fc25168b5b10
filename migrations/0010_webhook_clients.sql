ALTER TABLE `webhook_endpoints` ADD `client_id` text REFERENCES oauth_clients(id) ON DELETE cascade;--> statement-breakpoint
CREATE INDEX `webhook_endpoints_by_client` ON `webhook_endpoints` (`client_id`,`user_id`);--> statement-breakpoint
CREATE INDEX `api_keys_rotated_from` ON `api_keys` (`rotated_from`) WHERE rotated_from IS NOT NULL;--> statement-breakpoint
CREATE INDEX `oauth_codes_by_client` ON `oauth_codes` (`client_id`,`user_id`);--> statement-breakpoint
CREATE TRIGGER `oauth_grants_deleted` AFTER DELETE ON `oauth_grants` WHEN NOT EXISTS (
	SELECT 1 FROM `oauth_grants` WHERE `client_id` = old.`client_id` AND `user_id` = old.`user_id` AND ' ' || `scope` || ' ' LIKE '% webhooks %'
) BEGIN
	DELETE FROM `webhook_endpoints` WHERE `client_id` = old.`client_id` AND `user_id` = old.`user_id`;
END;
