CREATE TABLE `loose_objects` (
	`key` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `loose_objects_at` ON `loose_objects` (`at`);--> statement-breakpoint
DROP INDEX `audio_purchases_by_buyer`;--> statement-breakpoint
ALTER TABLE `audio_purchases` ADD `environment` text DEFAULT 'live' NOT NULL;--> statement-breakpoint
CREATE INDEX `audio_purchases_by_buyer` ON `audio_purchases` (`buyer_id`,`environment`,`created_at`,`id`);--> statement-breakpoint
DROP INDEX `audio_tracks_by_user`;--> statement-breakpoint
ALTER TABLE `audio_tracks` ADD `title_words` text;--> statement-breakpoint
ALTER TABLE `audio_tracks` ADD `artist_words` text;--> statement-breakpoint
ALTER TABLE `audio_tracks` ADD `description_words` text;--> statement-breakpoint
ALTER TABLE `audio_tracks` ADD `preview_ms` integer;--> statement-breakpoint
ALTER TABLE `audio_tracks` ADD `preview_bytes` integer;--> statement-breakpoint
ALTER TABLE `audio_tracks` ADD `preview_key` text;--> statement-breakpoint
ALTER TABLE `audio_tracks` ADD `withdrawn_at` integer;--> statement-breakpoint
CREATE INDEX `audio_tracks_by_user` ON `audio_tracks` (`user_id`,`environment`,`created_at`,`seq`,`status`,`visibility`,`withdrawn_at`);
--> statement-breakpoint
-- What was bought for credits is in the ledger; in the sandbox nothing is paid. The track may be gone.
UPDATE `audio_purchases` SET `environment` = 'sandbox' WHERE NOT EXISTS (
	SELECT 1 FROM `credit_entries` WHERE `reference` = 'purchase:' || `audio_purchases`.`id`
) AND ifnull((SELECT `environment` FROM `audio_tracks` WHERE `id` = `audio_purchases`.`audio_id`), 'sandbox') = 'sandbox';
--> statement-breakpoint
-- A genre as it may be asked for.
UPDATE `audio_tracks` SET `genre` = trim(substr(`genre`, 1, 40)) WHERE length(`genre`) > 40;
--> statement-breakpoint
-- About what was served until now, and never more than half. Nobody knows what the first bytes of an MP4 file play.
UPDATE `audio_tracks` SET `preview_ms` = min(30000, `duration_ms` / 2),
	`preview_bytes` = min(`bytes` / 2, 262144 + `bytes` * min(30000, `duration_ms` / 2) / `duration_ms`)
WHERE `status` = 'ready' AND `duration_ms` > 0 AND `media_type` <> 'audio/mp4';
--> statement-breakpoint
DROP TRIGGER `audio_tracks_shown`;
--> statement-breakpoint
DROP TRIGGER `audio_tracks_reworded`;
--> statement-breakpoint
-- As in 0005; texts go into the index as it knows them.
CREATE TRIGGER `audio_tracks_shown` AFTER UPDATE OF `status`, `visibility` ON `audio_tracks`
WHEN (new.`status` = 'ready' AND new.`visibility` = 'public') AND NOT (old.`status` = 'ready' AND old.`visibility` = 'public') BEGIN
	INSERT OR IGNORE INTO `profile_stats` (`user_id`, `environment`) VALUES (new.`user_id`, new.`environment`);
	UPDATE `profile_stats` SET `tracks` = `tracks` + 1, `plays` = `plays` + new.`plays` WHERE `user_id` = new.`user_id` AND `environment` = new.`environment`;
	INSERT OR IGNORE INTO `audio_genres` (`environment`, `genre`, `tracks`) VALUES (new.`environment`, new.`genre`, 0);
	UPDATE `audio_genres` SET `tracks` = `tracks` + 1 WHERE `environment` = new.`environment` AND `genre` = new.`genre`;
	INSERT INTO `audio_search` (`rowid`, `title`, `artist`, `tags`, `description`) VALUES (
		new.`seq`, ifnull(new.`title_words`, new.`title`), ifnull(ifnull(new.`artist_words`, new.`artist`), ''), new.`tags`,
		ifnull(new.`description_words`, new.`description`)
	);
END;
--> statement-breakpoint
CREATE TRIGGER `audio_tracks_reworded` AFTER UPDATE OF `title`, `artist`, `tags`, `description`, `title_words`, `artist_words`, `description_words` ON `audio_tracks`
WHEN new.`status` = 'ready' AND new.`visibility` = 'public' AND old.`status` = 'ready' AND old.`visibility` = 'public' BEGIN
	DELETE FROM `audio_search` WHERE `rowid` = old.`seq`;
	INSERT INTO `audio_search` (`rowid`, `title`, `artist`, `tags`, `description`) VALUES (
		new.`seq`, ifnull(new.`title_words`, new.`title`), ifnull(ifnull(new.`artist_words`, new.`artist`), ''), new.`tags`,
		ifnull(new.`description_words`, new.`description`)
	);
END;
--> statement-breakpoint
-- A key is loose from before its object is stored until a row names it, and again when that row goes.
CREATE TRIGGER `audio_tracks_keys_taken` AFTER INSERT ON `audio_tracks` BEGIN
	DELETE FROM `loose_objects` WHERE `key` = new.`key`;
END;
--> statement-breakpoint
CREATE TRIGGER `audio_tracks_keys_changed` AFTER UPDATE OF `cover_key`, `preview_key` ON `audio_tracks` BEGIN
	DELETE FROM `loose_objects` WHERE `key` IN (new.`cover_key`, new.`preview_key`);
END;
--> statement-breakpoint
CREATE TRIGGER `audio_tracks_keys_left` AFTER DELETE ON `audio_tracks` BEGIN
	INSERT OR REPLACE INTO `loose_objects` (`key`, `at`)
	SELECT `value`, CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM json_each(json_array(old.`key`, old.`cover_key`, old.`preview_key`)) WHERE `value` IS NOT NULL;
END;
--> statement-breakpoint
CREATE TRIGGER `meeting_files_key_taken` AFTER INSERT ON `meeting_files` BEGIN
	DELETE FROM `loose_objects` WHERE `key` = new.`key`;
END;
--> statement-breakpoint
CREATE TRIGGER `meeting_files_key_left` AFTER DELETE ON `meeting_files` BEGIN
	INSERT OR REPLACE INTO `loose_objects` (`key`, `at`) VALUES (old.`key`, CAST(unixepoch('subsec') * 1000 AS INTEGER));
END;
--> statement-breakpoint
CREATE TRIGGER `users_avatar_changed` AFTER UPDATE OF `avatar_key` ON `users` WHEN new.`avatar_key` IS NOT old.`avatar_key` BEGIN
	DELETE FROM `loose_objects` WHERE `key` = new.`avatar_key`;
	INSERT OR REPLACE INTO `loose_objects` (`key`, `at`)
	SELECT old.`avatar_key`, CAST(unixepoch('subsec') * 1000 AS INTEGER) WHERE old.`avatar_key` IS NOT NULL;
END;
--> statement-breakpoint
CREATE TRIGGER `uploads_keys_taken` AFTER INSERT ON `uploads` BEGIN
	DELETE FROM `loose_objects` WHERE `key` IN ('uploads/' || new.`id` || '/file', 'uploads/' || new.`id` || '/thumbnail');
END;
--> statement-breakpoint
CREATE TRIGGER `uploads_keys_left` AFTER DELETE ON `uploads` BEGIN
	INSERT OR REPLACE INTO `loose_objects` (`key`, `at`) VALUES
		('uploads/' || old.`id` || '/file', CAST(unixepoch('subsec') * 1000 AS INTEGER)),
		('uploads/' || old.`id` || '/thumbnail', CAST(unixepoch('subsec') * 1000 AS INTEGER));
END;
