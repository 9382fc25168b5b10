INSERT INTO `code_totals` (`status`, `count`) VALUES (0, 0), (1, 0), (2, 0);
--> statement-breakpoint
-- Any part of a code of three characters or more. `detail=none` keeps no positions: a third of the size, and a match
-- is confirmed against the code itself.
CREATE VIRTUAL TABLE `codes_search` USING fts5(`code`, content='codes', content_rowid='id', tokenize='trigram case_sensitive 1', detail=none);
--> statement-breakpoint
CREATE TRIGGER `codes_inserted` AFTER INSERT ON `codes` BEGIN
	UPDATE `code_totals` SET `count` = `count` + 1 WHERE `status` = new.`status`;
	INSERT INTO `codes_search` (`rowid`, `code`) VALUES (new.`id`, new.`code`);
END;
--> statement-breakpoint
CREATE TRIGGER `codes_deleted` AFTER DELETE ON `codes` BEGIN
	UPDATE `code_totals` SET `count` = `count` - 1 WHERE `status` = old.`status`;
	INSERT INTO `codes_search` (`codes_search`, `rowid`, `code`) VALUES ('delete', old.`id`, old.`code`);
	DELETE FROM `scans` WHERE `code_id` = old.`id`;
END;
--> statement-breakpoint
CREATE TRIGGER `codes_status_changed` AFTER UPDATE OF `activated_at`, `revoked_at` ON `codes` WHEN old.`status` <> new.`status` BEGIN
	UPDATE `code_totals` SET `count` = `count` - 1 WHERE `status` = old.`status`;
	UPDATE `code_totals` SET `count` = `count` + 1 WHERE `status` = new.`status`;
END;
