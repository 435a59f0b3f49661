-- ARGV: id. 1 if the job is open: its holder, now or next, sees it as cancelled.
return cancel(ARGV[1]) and 1 or 0
