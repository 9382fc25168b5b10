#!/bin/sh
# A wrapper around workerd for `npm start` (see serve.ts).
# Ctrl-C reaches every process of the terminal's group at once, but workerd must run until start.ts has drained the
# queue, so it ignores SIGINT. If start.ts is killed with SIGKILL, workerd must end too, or it would hold the port.
trap '' INT
parent=$PPID
(
  while kill -0 "$parent" 2>/dev/null && kill -0 $$ 2>/dev/null; do sleep 1; done
  kill -9 $$ 2>/dev/null
) </dev/null >/dev/null 2>&1 3>&- &
exec "$ENSEMBLE_WORKERD" "$@"
