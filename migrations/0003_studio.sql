CREATE TABLE `conversation_messages` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`conversation_id` text NOT NULL,
	`role` text NOT NULL,
	`content` text NOT NULL,
	`status` text NOT NULL,
	`model` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`conversation_id`) REFERENCES `conversations`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `conversation_messages_by_conversation` ON `conversation_messages` (`conversation_id`,`id`);--> statement-breakpoint
CREATE TABLE `conversations` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`title` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `conversations_by_user` ON `conversations` (`user_id`,`updated_at`,`id`);--> statement-breakpoint
CREATE TABLE `custom_providers` (
	`id` text PRIMARY KEY NOT NULL,
	`capability` text NOT NULL,
	`name` text NOT NULL,
	`api_url` text NOT NULL,
	`key_cipher` text NOT NULL,
	`key_id` text NOT NULL,
	`models` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `custom_providers_by_created` ON `custom_providers` (`created_at`);--> statement-breakpoint
CREATE TABLE `provider_choices` (
	`capability` text PRIMARY KEY NOT NULL,
	`provider` text NOT NULL,
	`model` text NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `square_plays` (
	`work_id` text NOT NULL,
	`viewer` text NOT NULL,
	`at` integer NOT NULL,
	PRIMARY KEY(`work_id`, `viewer`)
);
--> statement-breakpoint
CREATE INDEX `square_plays_of_guests` ON `square_plays` (`at`) WHERE viewer LIKE 'guest:%';--> statement-breakpoint
CREATE TABLE `square_posts` (
	`work_id` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`kind` text NOT NULL,
	`description` text NOT NULL,
	`media_type` text NOT NULL,
	`has_thumbnail` integer NOT NULL,
	`files` integer NOT NULL,
	`published_at` integer NOT NULL,
	`likes` integer DEFAULT 0 NOT NULL,
	`favorites` integer DEFAULT 0 NOT NULL,
	`plays` integer DEFAULT 0 NOT NULL,
	`reports` integer DEFAULT 0 NOT NULL,
	`score` real NOT NULL,
	`hidden_at` integer
);
--> statement-breakpoint
CREATE INDEX `square_posts_hot` ON `square_posts` (`score`,`work_id`) WHERE hidden_at IS NULL;--> statement-breakpoint
CREATE INDEX `square_posts_hot_by_kind` ON `square_posts` (`kind`,`score`,`work_id`) WHERE hidden_at IS NULL;--> statement-breakpoint
CREATE INDEX `square_posts_latest` ON `square_posts` (`published_at`,`work_id`) WHERE hidden_at IS NULL;--> statement-breakpoint
CREATE INDEX `square_posts_latest_by_kind` ON `square_posts` (`kind`,`published_at`,`work_id`) WHERE hidden_at IS NULL;--> statement-breakpoint
CREATE INDEX `square_posts_reported` ON `square_posts` (`reports`,`work_id`) WHERE reports > 0;--> statement-breakpoint
CREATE TABLE `square_reactions` (
	`work_id` text NOT NULL,
	`kind` text NOT NULL,
	`user_id` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`work_id`, `kind`, `user_id`)
);
--> statement-breakpoint
CREATE INDEX `square_reactions_by_user` ON `square_reactions` (`user_id`,`kind`,`created_at`,`work_id`);--> statement-breakpoint
CREATE TABLE `square_reports` (
	`work_id` text NOT NULL,
	`user_id` integer NOT NULL,
	`reason` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`work_id`, `user_id`)
);
--> statement-breakpoint
CREATE TABLE `square_totals` (
	`kind` text PRIMARY KEY NOT NULL,
	`count` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `uploads` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` integer NOT NULL,
	`kind` text NOT NULL,
	`media_type` text NOT NULL,
	`bytes` integer NOT NULL,
	`width` integer NOT NULL,
	`height` integer NOT NULL,
	`duration_ms` integer,
	`has_thumbnail` integer NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `uploads_by_user` ON `uploads` (`user_id`,`created_at`);--> statement-breakpoint
ALTER TABLE `tasks` ADD `title` text;--> statement-breakpoint
ALTER TABLE `tasks` ADD `images` text;--> statement-breakpoint
ALTER TABLE `users` ADD `plan_until` integer;--> statement-breakpoint
ALTER TABLE `orders` ADD `months` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `orders` ADD `delivered_at` integer;
--> statement-breakpoint
INSERT INTO `square_totals` (`kind`, `count`) VALUES ('image', 0), ('video', 0);
--> statement-breakpoint
CREATE TRIGGER `square_posts_inserted` AFTER INSERT ON `square_posts` WHEN new.`hidden_at` IS NULL BEGIN
	UPDATE `square_totals` SET `count` = `count` + 1 WHERE `kind` = new.`kind`;
END;
--> statement-breakpoint
CREATE TRIGGER `square_posts_deleted` AFTER DELETE ON `square_posts` BEGIN
	UPDATE `square_totals` SET `count` = `count` - 1 WHERE `kind` = old.`kind` AND old.`hidden_at` IS NULL;
	DELETE FROM `square_reactions` WHERE `work_id` = old.`work_id`;
	DELETE FROM `square_plays` WHERE `work_id` = old.`work_id`;
	DELETE FROM `square_reports` WHERE `work_id` = old.`work_id`;
END;
--> statement-breakpoint
CREATE TRIGGER `square_posts_hidden` AFTER UPDATE OF `hidden_at` ON `square_posts` WHEN (old.`hidden_at` IS NULL) <> (new.`hidden_at` IS NULL) BEGIN
	UPDATE `square_totals` SET `count` = `count` + iif(new.`hidden_at` IS NULL, 1, -1) WHERE `kind` = new.`kind`;
END;
--> statement-breakpoint
CREATE TRIGGER `square_posts_noticed` AFTER UPDATE OF `likes`, `favorites`, `plays` ON `square_posts` BEGIN
	UPDATE `square_posts` SET `score` = log2(1.0 + new.`plays` + 3 * new.`likes` + 5 * new.`favorites`) + new.`published_at` / 86400000.0 WHERE `work_id` = new.`work_id`;
END;
--> statement-breakpoint
CREATE TRIGGER `square_reactions_inserted` AFTER INSERT ON `square_reactions` BEGIN
	UPDATE `square_posts` SET `likes` = `likes` + (new.`kind` = 'like'), `favorites` = `favorites` + (new.`kind` = 'favorite') WHERE `work_id` = new.`work_id`;
END;
--> statement-breakpoint
CREATE TRIGGER `square_reactions_deleted` AFTER DELETE ON `square_reactions` BEGIN
	UPDATE `square_posts` SET `likes` = `likes` - (old.`kind` = 'like'), `favorites` = `favorites` - (old.`kind` = 'favorite') WHERE `work_id` = old.`work_id`;
END;
--> statement-breakpoint
CREATE TRIGGER `square_plays_inserted` AFTER INSERT ON `square_plays` BEGIN
	UPDATE `square_posts` SET `plays` = `plays` + 1 WHERE `work_id` = new.`work_id`;
END;
--> statement-breakpoint
CREATE TRIGGER `square_reports_inserted` AFTER INSERT ON `square_reports` BEGIN
	UPDATE `square_posts` SET `reports` = `reports` + 1 WHERE `work_id` = new.`work_id`;
END;
--> statement-breakpoint
-- A work that is deleted leaves the square with it.
CREATE TRIGGER `tasks_hidden` AFTER UPDATE OF `deleted_at` ON `tasks` WHEN new.`deleted_at` IS NOT NULL BEGIN
	DELETE FROM `square_posts` WHERE `work_id` = new.`id`;
END;
--> statement-breakpoint
CREATE TRIGGER `tasks_renamed` AFTER UPDATE OF `title` ON `tasks` BEGIN
	UPDATE `square_posts` SET `description` = ifnull(new.`title`, new.`prompt`) WHERE `work_id` = new.`id`;
END;
--> statement-breakpoint
CREATE TRIGGER `tasks_deleted` AFTER DELETE ON `tasks` BEGIN
	DELETE FROM `square_posts` WHERE `work_id` = old.`id`;
END;
