#!/bin/sh
# Sends a body to a receiver, signed now with the secret: sh send-signed.sh <url> <secret> <body>
url=${1:?url} secret=${2:?the secret is missing} body=$3
id=msg_$(date +%s)_$$
timestamp=$(date +%s)
key=$(printf %s "$secret" | openssl base64 -d -A | od -An -tx1 | tr -d ' \n')
signature=$(printf %s "$id.$timestamp.$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)
body_signature=$(printf %s "$body" | openssl dgst -sha256 -hmac "$secret" -r | cut -d ' ' -f 1)

curl -i "$url" --data-binary "$body" \
  -H 'content-type: application/json' \
  -H "webhook-id: $id" \
  -H "webhook-timestamp: $timestamp" \
  -H "webhook-signature: v1,$signature" \
  -H "x-docmap-signature: sha256=$body_signature"
