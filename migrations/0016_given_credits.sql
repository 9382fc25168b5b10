ALTER TABLE `credit_entries` ADD `given` integer DEFAULT 0 NOT NULL CONSTRAINT "credit_given_within_balance" CHECK(given >= 0 AND given <= balance);
--> statement-breakpoint
-- The running balance of given credits, of ledgers that were written without it. From an account's first gift on its rows
-- are walked in order: a gift (sign-up, grant) adds, a generation takes given credits first, its refund restores what the
-- generation took, and everything else (orders, purchases, sales) leaves them. Older purchases could spend given credits,
-- so the result never exceeds the row's balance. `taken` remembers what charges took until their refund is reached. A walk
-- ends when nothing can change any more, so the long rest of a busy ledger is not read.
WITH RECURSIVE
  gifts AS (
    SELECT user_id, min(id) AS first_id, max(id) AS last_id FROM credit_entries
    WHERE type = 'REWARD' AND reference NOT LIKE 'sale:%' GROUP BY user_id
  ),
  walk (user_id, id, last_id, given, taken) AS (
    SELECT g.user_id, g.first_id, g.last_id, max(0, min(e.amount, e.balance)), '{}'
    FROM gifts AS g JOIN credit_entries AS e ON e.id = g.first_id
    UNION ALL
    SELECT e.user_id, e.id, w.last_id,
      max(0, min(e.balance, CASE
        WHEN e.type = 'REWARD' AND e.reference NOT LIKE 'sale:%' THEN w.given + e.amount
        WHEN e.reference LIKE 'task:%' THEN max(0, w.given + min(0, e.amount))
        WHEN e.reference LIKE 'task-refund:%'
          THEN w.given + min(e.amount, ifnull(json_extract(w.taken, '$."task:' || substr(e.reference, 13) || '"'), 0))
        ELSE w.given END)),
      CASE
        WHEN e.reference LIKE 'task:%' AND w.given > 0
          AND EXISTS (SELECT 1 FROM credit_entries WHERE reference = 'task-refund:' || substr(e.reference, 6))
          THEN json_set(w.taken, '$."' || e.reference || '"', min(w.given, -min(0, e.amount)))
        WHEN e.reference LIKE 'task-refund:%' THEN json_remove(w.taken, '$."task:' || substr(e.reference, 13) || '"')
        ELSE w.taken END
    FROM walk AS w JOIN credit_entries AS e ON e.id = (
      SELECT id FROM credit_entries WHERE user_id = w.user_id AND id > w.id ORDER BY id LIMIT 1)
    WHERE w.given > 0 OR w.taken <> '{}' OR w.id < w.last_id
  )
UPDATE credit_entries SET given = walk.given FROM walk WHERE walk.id = credit_entries.id AND walk.given > 0;
