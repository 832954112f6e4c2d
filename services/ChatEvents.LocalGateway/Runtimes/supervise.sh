#!/bin/sh
# Runs a function's environment, and ends it with everything it started when standard input ends. The gateway holds the other end of
# that pipe and writes nothing to it, so the gateway's death ends the environment too, whatever the cause.
exec 3<&0
if command -v setsid >/dev/null; then
  setsid "$@" <&3 3<&- &
else
  set -m # without setsid, job control gives a background job a process group of its own
  "$@" <&3 3<&- &
fi
environment=$!
# "kill -s" because dash's kill does not take "-TERM -- -PID".
(
  read -r _ <&3
  kill -s TERM -- "-$environment" && sleep 1
  kill -s KILL -- "-$environment"
) >/dev/null 2>&1 &
watch=$!
exec 3<&-
wait "$environment"
code=$?
kill -s KILL "$watch" 2>/dev/null
kill -s KILL -- "-$environment" 2>/dev/null # what the environment left behind
exit "$code"
