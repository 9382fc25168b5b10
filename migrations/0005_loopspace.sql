CREATE TABLE `audio_genres` (
	`environment` text NOT NULL,
	`genre` text NOT NULL,
	`tracks` integer NOT NULL,
	PRIMARY KEY(`environment`, `genre`)
);
--> statement-breakpoint
CREATE TABLE `audio_plays` (
	`audio_id` text NOT NULL,
	`listener` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`audio_id`, `listener`)
);
--> statement-breakpoint
CREATE INDEX `audio_plays_at` ON `audio_plays` (`at`);--> statement-breakpoint
CREATE TABLE `audio_purchases` (
	`id` text NOT NULL,
	`audio_id` text NOT NULL,
	`buyer_id` integer NOT NULL,
	`seller_id` integer NOT NULL,
	`price` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`audio_id`, `buyer_id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `audio_purchases_id_unique` ON `audio_purchases` (`id`);--> statement-breakpoint
CREATE INDEX `audio_purchases_by_buyer` ON `audio_purchases` (`buyer_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `audio_tracks` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`user_id` integer NOT NULL,
	`environment` text NOT NULL,
	`title` text NOT NULL,
	`description` text NOT NULL,
	`genre` text NOT NULL,
	`tags` text NOT NULL,
	`visibility` text NOT NULL,
	`status` text NOT NULL,
	`failure` text,
	`price` integer NOT NULL,
	`key` text NOT NULL,
	`media_type` text NOT NULL,
	`bytes` integer NOT NULL,
	`cover_key` text,
	`duration_ms` integer,
	`bitrate` integer,
	`sample_rate` integer,
	`channels` integer,
	`codec` text,
	`artist` text,
	`album` text,
	`year` integer,
	`waveform` text,
	`is_estimated` integer NOT NULL,
	`plays` integer DEFAULT 0 NOT NULL,
	`sales` integer DEFAULT 0 NOT NULL,
	`score` real DEFAULT 0 NOT NULL,
	`claimed_until` integer,
	`attempts` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `audio_tracks_id_unique` ON `audio_tracks` (`id`);--> statement-breakpoint
CREATE INDEX `audio_tracks_by_user` ON `audio_tracks` (`user_id`,`environment`,`created_at`,`seq`);--> statement-breakpoint
CREATE INDEX `audio_tracks_popular` ON `audio_tracks` (`environment`,`score`,`seq`) WHERE status = 'ready' AND visibility = 'public';--> statement-breakpoint
CREATE INDEX `audio_tracks_by_genre` ON `audio_tracks` (`environment`,`genre`,`score`,`seq`) WHERE status = 'ready' AND visibility = 'public';--> statement-breakpoint
CREATE INDEX `audio_tracks_unprocessed` ON `audio_tracks` (`created_at`) WHERE status = 'processing';--> statement-breakpoint
CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`name` text NOT NULL,
	`environment` text NOT NULL,
	`key_hash` text NOT NULL,
	`prefix` text NOT NULL,
	`scope` text NOT NULL,
	`rotated_from` text,
	`created_at` integer NOT NULL,
	`last_used_at` integer,
	`expires_at` integer,
	`revoked_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_key_hash_unique` ON `api_keys` (`key_hash`);--> statement-breakpoint
CREATE INDEX `api_keys_by_user` ON `api_keys` (`user_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `api_usage` (
	`user_id` integer NOT NULL,
	`day` text NOT NULL,
	`credential` text NOT NULL,
	`calls` integer NOT NULL,
	`failures` integer NOT NULL,
	PRIMARY KEY(`user_id`, `day`, `credential`)
);
--> statement-breakpoint
CREATE TABLE `oauth_clients` (
	`id` text PRIMARY KEY NOT NULL,
	`owner_id` integer NOT NULL,
	`name` text NOT NULL,
	`secret_hash` text,
	`redirect_uris` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`owner_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `oauth_clients_by_owner` ON `oauth_clients` (`owner_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `oauth_codes` (
	`code_hash` text PRIMARY KEY NOT NULL,
	`client_id` text NOT NULL,
	`user_id` integer NOT NULL,
	`redirect_uri` text NOT NULL,
	`scope` text NOT NULL,
	`code_challenge` text,
	`grant_id` text,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `oauth_codes_expires_at` ON `oauth_codes` (`expires_at`);--> statement-breakpoint
CREATE TABLE `oauth_grants` (
	`id` text PRIMARY KEY NOT NULL,
	`client_id` text NOT NULL,
	`user_id` integer NOT NULL,
	`scope` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`client_id`) REFERENCES `oauth_clients`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `oauth_grants_by_user` ON `oauth_grants` (`user_id`,`created_at`);--> statement-breakpoint
CREATE INDEX `oauth_grants_by_client` ON `oauth_grants` (`client_id`);--> statement-breakpoint
CREATE TABLE `oauth_tokens` (
	`token_hash` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`client_id` text NOT NULL,
	`grant_id` text,
	`user_id` integer NOT NULL,
	`scope` text NOT NULL,
	`predecessor_hash` text,
	`retired_at` integer,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`client_id`) REFERENCES `oauth_clients`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`grant_id`) REFERENCES `oauth_grants`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `oauth_tokens_by_grant` ON `oauth_tokens` (`grant_id`);--> statement-breakpoint
CREATE INDEX `oauth_tokens_by_client` ON `oauth_tokens` (`client_id`);--> statement-breakpoint
CREATE INDEX `oauth_tokens_expires_at` ON `oauth_tokens` (`expires_at`);--> statement-breakpoint
CREATE TABLE `follows` (
	`environment` text NOT NULL,
	`follower_id` integer NOT NULL,
	`followee_id` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`environment`, `follower_id`, `followee_id`),
	FOREIGN KEY (`follower_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`followee_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `follows_of_followee` ON `follows` (`environment`,`followee_id`,`created_at`,`follower_id`);--> statement-breakpoint
CREATE INDEX `follows_of_follower` ON `follows` (`environment`,`follower_id`,`created_at`,`followee_id`);--> statement-breakpoint
CREATE TABLE `profile_stats` (
	`user_id` integer NOT NULL,
	`environment` text NOT NULL,
	`followers` integer DEFAULT 0 NOT NULL,
	`following` integer DEFAULT 0 NOT NULL,
	`tracks` integer DEFAULT 0 NOT NULL,
	`plays` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`user_id`, `environment`)
);
--> statement-breakpoint
CREATE TABLE `webhook_attempts` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`delivery_id` text NOT NULL,
	`at` integer NOT NULL,
	`status` integer,
	`error` text,
	`took` integer NOT NULL,
	`response` text NOT NULL,
	FOREIGN KEY (`delivery_id`) REFERENCES `webhook_deliveries`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `webhook_attempts_by_delivery` ON `webhook_attempts` (`delivery_id`,`id`);--> statement-breakpoint
CREATE TABLE `webhook_deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`event_id` text NOT NULL,
	`endpoint_id` text NOT NULL,
	`status` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`next_at` integer,
	`claimed_until` integer,
	`last_status` integer,
	`last_error` text,
	`last_took` integer,
	`created_at` integer NOT NULL,
	`delivered_at` integer,
	FOREIGN KEY (`event_id`) REFERENCES `webhook_events`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`endpoint_id`) REFERENCES `webhook_endpoints`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `webhook_deliveries_once` ON `webhook_deliveries` (`event_id`,`endpoint_id`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_by_endpoint` ON `webhook_deliveries` (`endpoint_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `webhook_deliveries_due` ON `webhook_deliveries` (`next_at`) WHERE status = 'pending';--> statement-breakpoint
CREATE TABLE `webhook_endpoints` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`environment` text NOT NULL,
	`url` text NOT NULL,
	`events` text NOT NULL,
	`secret_cipher` text NOT NULL,
	`secret_key_id` text NOT NULL,
	`previous_cipher` text,
	`previous_key_id` text,
	`previous_until` integer,
	`disabled_reason` text,
	`failing_since` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `webhook_endpoints_by_user` ON `webhook_endpoints` (`user_id`,`environment`,`created_at`);--> statement-breakpoint
CREATE TABLE `webhook_events` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`environment` text NOT NULL,
	`type` text NOT NULL,
	`body` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `webhook_events_created_at` ON `webhook_events` (`created_at`);
--> statement-breakpoint
-- Words of shown tracks, found by any three letters that follow each other. Rows are those of `audio_tracks`.
CREATE VIRTUAL TABLE `audio_search` USING fts5(`title`, `artist`, `tags`, `description`, content='', contentless_delete=1, tokenize='trigram');
--> statement-breakpoint
CREATE TRIGGER `audio_tracks_shown` AFTER UPDATE OF `status`, `visibility` ON `audio_tracks`
WHEN (new.`status` = 'ready' AND new.`visibility` = 'public') AND NOT (old.`status` = 'ready' AND old.`visibility` = 'public') BEGIN
	INSERT OR IGNORE INTO `profile_stats` (`user_id`, `environment`) VALUES (new.`user_id`, new.`environment`);
	UPDATE `profile_stats` SET `tracks` = `tracks` + 1, `plays` = `plays` + new.`plays` WHERE `user_id` = new.`user_id` AND `environment` = new.`environment`;
	INSERT OR IGNORE INTO `audio_genres` (`environment`, `genre`, `tracks`) VALUES (new.`environment`, new.`genre`, 0);
	UPDATE `audio_genres` SET `tracks` = `tracks` + 1 WHERE `environment` = new.`environment` AND `genre` = new.`genre`;
	INSERT INTO `audio_search` (`rowid`, `title`, `artist`, `tags`, `description`) VALUES (new.`seq`, new.`title`, ifnull(new.`artist`, ''), new.`tags`, new.`description`);
END;
--> statement-breakpoint
CREATE TRIGGER `audio_tracks_unshown` AFTER UPDATE OF `status`, `visibility` ON `audio_tracks`
WHEN (old.`status` = 'ready' AND old.`visibility` = 'public') AND NOT (new.`status` = 'ready' AND new.`visibility` = 'public') BEGIN
	UPDATE `profile_stats` SET `tracks` = `tracks` - 1, `plays` = `plays` - old.`plays` WHERE `user_id` = old.`user_id` AND `environment` = old.`environment`;
	UPDATE `audio_genres` SET `tracks` = `tracks` - 1 WHERE `environment` = old.`environment` AND `genre` = old.`genre`;
	DELETE FROM `audio_search` WHERE `rowid` = old.`seq`;
END;
--> statement-breakpoint
CREATE TRIGGER `audio_tracks_deleted` AFTER DELETE ON `audio_tracks` BEGIN
	UPDATE `profile_stats` SET `tracks` = `tracks` - 1, `plays` = `plays` - old.`plays` WHERE `user_id` = old.`user_id` AND `environment` = old.`environment` AND old.`status` = 'ready' AND old.`visibility` = 'public';
	UPDATE `audio_genres` SET `tracks` = `tracks` - 1 WHERE `environment` = old.`environment` AND `genre` = old.`genre` AND old.`status` = 'ready' AND old.`visibility` = 'public';
	DELETE FROM `audio_search` WHERE `rowid` = old.`seq` AND old.`status` = 'ready' AND old.`visibility` = 'public';
	DELETE FROM `audio_plays` WHERE `audio_id` = old.`id`;
END;
--> statement-breakpoint
-- While it is shown and stays so: one that comes or goes at the same time is seen to above.
CREATE TRIGGER `audio_tracks_reworded` AFTER UPDATE OF `title`, `artist`, `tags`, `description` ON `audio_tracks`
WHEN new.`status` = 'ready' AND new.`visibility` = 'public' AND old.`status` = 'ready' AND old.`visibility` = 'public' BEGIN
	DELETE FROM `audio_search` WHERE `rowid` = old.`seq`;
	INSERT INTO `audio_search` (`rowid`, `title`, `artist`, `tags`, `description`) VALUES (new.`seq`, new.`title`, ifnull(new.`artist`, ''), new.`tags`, new.`description`);
END;
--> statement-breakpoint
CREATE TRIGGER `audio_tracks_regenred` AFTER UPDATE OF `genre` ON `audio_tracks`
WHEN new.`genre` <> old.`genre` AND new.`status` = 'ready' AND new.`visibility` = 'public' AND old.`status` = 'ready' AND old.`visibility` = 'public' BEGIN
	UPDATE `audio_genres` SET `tracks` = `tracks` - 1 WHERE `environment` = old.`environment` AND `genre` = old.`genre`;
	INSERT OR IGNORE INTO `audio_genres` (`environment`, `genre`, `tracks`) VALUES (new.`environment`, new.`genre`, 0);
	UPDATE `audio_genres` SET `tracks` = `tracks` + 1 WHERE `environment` = new.`environment` AND `genre` = new.`genre`;
END;
--> statement-breakpoint
CREATE TRIGGER `audio_plays_inserted` AFTER INSERT ON `audio_plays` BEGIN
	UPDATE `audio_tracks` SET `plays` = `plays` + 1 WHERE `id` = new.`audio_id`;
	UPDATE `profile_stats` SET `plays` = `plays` + 1 WHERE (`user_id`, `environment`) = (SELECT `user_id`, `environment` FROM `audio_tracks` WHERE `id` = new.`audio_id` AND `status` = 'ready' AND `visibility` = 'public');
END;
--> statement-breakpoint
CREATE TRIGGER `audio_purchases_inserted` AFTER INSERT ON `audio_purchases` BEGIN
	UPDATE `audio_tracks` SET `sales` = `sales` + 1 WHERE `id` = new.`audio_id`;
END;
--> statement-breakpoint
-- Twice as many plays are worth three weeks of age.
CREATE TRIGGER `audio_tracks_noticed` AFTER UPDATE OF `plays`, `sales`, `status` ON `audio_tracks` BEGIN
	UPDATE `audio_tracks` SET `score` = log2(1.0 + new.`plays` + 10 * new.`sales`) + new.`created_at` / 1814400000.0 WHERE `seq` = new.`seq`;
END;
--> statement-breakpoint
CREATE TRIGGER `follows_inserted` AFTER INSERT ON `follows` BEGIN
	INSERT OR IGNORE INTO `profile_stats` (`user_id`, `environment`) VALUES (new.`follower_id`, new.`environment`), (new.`followee_id`, new.`environment`);
	UPDATE `profile_stats` SET `following` = `following` + 1 WHERE `user_id` = new.`follower_id` AND `environment` = new.`environment`;
	UPDATE `profile_stats` SET `followers` = `followers` + 1 WHERE `user_id` = new.`followee_id` AND `environment` = new.`environment`;
END;
--> statement-breakpoint
CREATE TRIGGER `follows_deleted` AFTER DELETE ON `follows` BEGIN
	UPDATE `profile_stats` SET `following` = `following` - 1 WHERE `user_id` = old.`follower_id` AND `environment` = old.`environment`;
	UPDATE `profile_stats` SET `followers` = `followers` - 1 WHERE `user_id` = old.`followee_id` AND `environment` = old.`environment`;
END;
