ALTER TABLE `tasks` ADD `vendor_model` text;
--> statement-breakpoint
-- The picture a task begins with is stored before its row. Like other keys (0011) it is loose until the row is there; it may also
-- be stored again for a task that is there already.
CREATE TRIGGER `tasks_input_taken` AFTER INSERT ON `tasks` BEGIN
	DELETE FROM `loose_objects` WHERE `key` = 'generation/' || new.`id` || '/input';
END;
--> statement-breakpoint
CREATE TRIGGER `tasks_input_again` AFTER INSERT ON `loose_objects` WHEN new.`key` GLOB 'generation/*/input'
	AND EXISTS (SELECT 1 FROM `tasks` WHERE `id` = substr(new.`key`, 12, length(new.`key`) - 17)) BEGIN
	DELETE FROM `loose_objects` WHERE `key` = new.`key`;
END;
--> statement-breakpoint
CREATE TRIGGER `tasks_input_left` AFTER DELETE ON `tasks` WHEN json_extract(old.`params`, '$.input') IS NOT NULL BEGIN
	INSERT OR REPLACE INTO `loose_objects` (`key`, `at`)
	VALUES ('generation/' || old.`id` || '/input', CAST(unixepoch('subsec') * 1000 AS INTEGER));
END;
