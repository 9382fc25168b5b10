CREATE TABLE `square_firsts` (
	`work_id` text PRIMARY KEY NOT NULL,
	`published_at` integer NOT NULL
);
--> statement-breakpoint
INSERT INTO `square_firsts` (`work_id`, `published_at`) SELECT `work_id`, `published_at` FROM `square_posts`;
--> statement-breakpoint
-- What was reported stays known while the work lives: who takes it back and shows it again does not begin anew.
DROP TRIGGER `square_posts_inserted`;
--> statement-breakpoint
CREATE TRIGGER `square_posts_inserted` AFTER INSERT ON `square_posts` WHEN new.`hidden_at` IS NULL BEGIN
	UPDATE `square_totals` SET `count` = `count` + 1 WHERE `kind` = new.`kind`;
	INSERT OR IGNORE INTO `square_firsts` (`work_id`, `published_at`) VALUES (new.`work_id`, new.`published_at`);
	UPDATE `square_posts` SET `reports` = (SELECT count(*) FROM `square_reports` WHERE `work_id` = new.`work_id`) WHERE `work_id` = new.`work_id`;
END;
--> statement-breakpoint
DROP TRIGGER `square_posts_deleted`;
--> statement-breakpoint
CREATE TRIGGER `square_posts_deleted` AFTER DELETE ON `square_posts` BEGIN
	UPDATE `square_totals` SET `count` = `count` - 1 WHERE `kind` = old.`kind` AND old.`hidden_at` IS NULL;
	DELETE FROM `square_reactions` WHERE `work_id` = old.`work_id`;
	DELETE FROM `square_plays` WHERE `work_id` = old.`work_id`;
END;
--> statement-breakpoint
DROP TRIGGER `tasks_hidden`;
--> statement-breakpoint
CREATE TRIGGER `tasks_hidden` AFTER UPDATE OF `deleted_at` ON `tasks` WHEN new.`deleted_at` IS NOT NULL BEGIN
	DELETE FROM `square_posts` WHERE `work_id` = new.`id`;
	DELETE FROM `square_reports` WHERE `work_id` = new.`id`;
	DELETE FROM `square_firsts` WHERE `work_id` = new.`id`;
END;
--> statement-breakpoint
DROP TRIGGER `tasks_deleted`;
--> statement-breakpoint
CREATE TRIGGER `tasks_deleted` AFTER DELETE ON `tasks` BEGIN
	DELETE FROM `square_posts` WHERE `work_id` = old.`id`;
	DELETE FROM `square_reports` WHERE `work_id` = old.`id`;
	DELETE FROM `square_firsts` WHERE `work_id` = old.`id`;
END;
