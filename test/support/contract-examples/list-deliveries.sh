curl "https://api.docmap.io/v1/webhooks/deliveries?limit=10" \
  -H "Authorization: Bearer dm_live_abc123def456ghi789jkl012mno345"
