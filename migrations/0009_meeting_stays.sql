ALTER TABLE `meeting_participants` ADD `guest_origin` text;--> statement-breakpoint
ALTER TABLE `meeting_participants` ADD `stay` text;