#!/bin/sh
# Stands before workerd when `npm start` serves (see serve.ts).
# Ctrl-C reaches every process of the terminal's group at once; workerd has to outlive it until start.ts has let the
# queue drain. And should start.ts be killed hard, workerd must not stay behind and hold the port.
trap '' INT
parent=$PPID
(
  while kill -0 "$parent" 2>/dev/null && kill -0 $$ 2>/dev/null; do sleep 1; done
  kill -9 $$ 2>/dev/null
) </dev/null >/dev/null 2>&1 3>&- &
exec "$ENSEMBLE_WORKERD" "$@"
