package receiver

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

const body = `{"event":"extraction.completed","data":{"id":"extract_9k2m4n6p8q0r1s3t"}}`

var (
	secret = strings.Repeat("0123456789abcdef", 4)
	sentAt = time.Unix(1674087231, 0)
	header = http.Header{
		"Webhook-Id":         {"msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"},
		"Webhook-Timestamp":  {"1674087231"},
		"Webhook-Signature":  {"v1,other v1,h9kP8WLYzmpHqCKzjrVAPGtINMwZMweyp6B4cV6AMaw="},
		"X-Docmap-Signature": {"sha256=other,sha256=6003a79bd1068728c47ab0d6583380c064381e9b9030d2738c8577123c838b9b"},
	}
)

func TestTakesGenuineRecentRequestsOnly(t *testing.T) {
	if err := Verify([]byte(body), header, secret, sentAt.Add(tolerance)); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"too old":        Verify([]byte(body), header, secret, sentAt.Add(tolerance+time.Second)),
		"too new":        Verify([]byte(body), header, secret, sentAt.Add(-tolerance-time.Second)),
		"changed body":   Verify([]byte(body+" "), header, secret, sentAt),
		"without header": Verify([]byte(body), http.Header{}, secret, sentAt),
	} {
		if err == nil {
			t.Error(name)
		}
	}
}

func TestTakesGenuineBodiesOnly(t *testing.T) {
	if err := VerifyBody([]byte(body), header, secret); err != nil {
		t.Error(err)
	}
	if VerifyBody([]byte(body+" "), header, secret) == nil {
		t.Error("changed body")
	}
}
