#!/usr/bin/env bash
# Asks the local gateway and serverless-offline about every rule, and writes the table of docs/local-gateway.md.
# Needs dotnet, node and npm, and five minutes. Ports 13000 to 13123 of this machine must be free.
# CONFORMANCE_WORK names a folder to keep: what was installed there is not installed again.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
work=${CONFORMANCE_WORK:-$(mktemp -d)}
started=()
stop() {
  for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
  wait
  [ -n "${CONFORMANCE_WORK:-}" ] || rm -rf "$work"
}
trap stop EXIT

dotnet build "$root/tests/ChatEvents.Conformance" -c Release -v q -nologo -clp:NoSummary
dotnet build "$root/services/ChatEvents.LocalGateway" -c Release -v q -nologo -clp:NoSummary
suite() { dotnet "$root/tests/ChatEvents.Conformance/bin/Release/net10.0/ChatEvents.Conformance.dll" --format json "$@" || [ $? = 1 ]; }
until_line() { for _ in $(seq 300); do grep -q "$2" "$1" && return; sleep 0.2; done; cat "$1"; echo "$1 does not start"; exit 1; }

for file in gateway fast small; do
  dotnet "$root/services/ChatEvents.LocalGateway/bin/Release/net10.0/ChatEvents.LocalGateway.dll" "$here/chatevents/$file.json" > "$work/$file.log" 2>&1 &
  started+=($!)
  until_line "$work/$file.log" "Listening on"
done
suite --name ChatEvents --target ws://localhost:13000/main --authorized ws://localhost:13000/auth --bare ws://localhost:13000/bare \
  --fast ws://localhost:13001/fast --idle 2 --life 6 --integration-timeout 1 --throttled ws://localhost:13002/small \
  --runtime http://localhost:13000 --runtime http://localhost:13001 --runtime http://localhost:13002 --output "$work/chatevents.json"

# serverless-offline knows one API per project, and its functions are threads of it.
cp "$root"/bench/ChatEvents.Bench.Gateway/Rival/package*.json "$work"
cp "$here"/serverless-offline/*.yml "$here"/../Deployed/app.js "$work"
[ -d "$work/node_modules" ] || (cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
for config in main authorized bare; do
  (cd "$work" && SLS_TELEMETRY_DISABLED=1 SLS_NOTIFICATIONS_MODE=off CI=1 NODE_NO_WARNINGS=1 \
    exec node node_modules/serverless/bin/serverless.js offline --config "$config.yml" > "$work/$config.log" 2>&1) &
  started+=($!)
  until_line "$work/$config.log" "websocket. listening"
done
# It starts a thread for each call at once, which takes seconds the first time, and must not count against it.
rival() {
  suite --name "serverless-offline 13.10.1" --target ws://localhost:13101/ --management http://localhost:13101 --authorized ws://localhost:13102/ \
    --bare ws://localhost:13103/ --reports http://127.0.0.1:13100 --parallel 3 --patience 8 --output "$work/serverless-offline.json" "$@"
}
rival --only response.
rival

dotnet "$root/tests/ChatEvents.Conformance/bin/Release/net10.0/ChatEvents.Conformance.dll" \
  --merge "$work/chatevents.json" "$work/serverless-offline.json" --into "$root/docs/local-gateway.md"
