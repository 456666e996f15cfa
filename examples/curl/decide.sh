#!/usr/bin/env bash
# Asks Bespoke what one visitor should see, with nothing but curl and protoc.
#
# usage: examples/curl/decide.sh [HOST:PORT] [VISITOR]
set -euo pipefail
address=${1:-127.0.0.1:7878}
visitor=${2:-v0001}
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# 1. The request in protobuf's text form, encoded.
protoc -Iproto -I/usr/include --encode=bespoke.v1.DecideRequest bespoke/v1/decision.proto >"$work/request" <<REQUEST
visitor_id: "$visitor"
page { url: "https://www.kaffa.example/?utm_term=espresso" language: "en" }
consent { granted: "personalisation" }
REQUEST

# 2. gRPC's prefix: one byte 0 (not compressed), then the length in four bytes, the highest first.
length=$(printf '%08x' "$(stat -c %s "$work/request")")
{ printf "\\x00\\x${length:0:2}\\x${length:2:2}\\x${length:4:2}\\x${length:6:2}"; cat "$work/request"; } >"$work/body"

# 3. The call. gRPC's status stands in the trailers, after the body.
curl --silent --show-error --max-time 5 --http2-prior-knowledge --data-binary "@$work/body" \
    --header 'content-type: application/grpc' --header 'te: trailers' \
    --dump-header "$work/headers" --output "$work/reply" "http://$address/bespoke.v1.DecisionService/Decide"
if ! grep -qi '^grpc-status: 0' "$work/headers"; then
    grep -i '^grpc-' "$work/headers" >&2 || echo "this is no gRPC reply" >&2
    exit 1
fi

# 4. The reply without its prefix, decoded.
tail -c +6 "$work/reply" | protoc -Iproto -I/usr/include --decode=bespoke.v1.DecideResponse bespoke/v1/decision.proto
