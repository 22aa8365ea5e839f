package receiver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const tolerance = 5 * time.Minute

// ErrSecret is a fault of your configuration, not of the request: answer 500. To any other error, answer 401.
var ErrSecret = errors.New("the secret must be the 64 hex characters from the API")

var (
	errNotSigned = errors.New("not signed by us")
	secretForm   = regexp.MustCompile(`\A[0-9a-f]{64}\z`)
)

// Verify returns an error unless the request is genuine and recent, going by webhook-signature.
func Verify(body []byte, header http.Header, secret string, now time.Time) error {
	id, timestamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	expected, err := Sign(id, timestamp, body, secret)
	if err != nil {
		return err
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return errors.New("too old or too new")
	}
	return oneEqual(strings.Split(header.Get("webhook-signature"), " "), expected)
}

// VerifyBody does the same for x-docmap-signature, which says nothing about when the request was made.
func VerifyBody(body []byte, header http.Header, secret string) error {
	if !secretForm.MatchString(secret) {
		return ErrSecret
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	expected := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	return oneEqual(strings.Split(header.Get("x-docmap-signature"), ","), expected)
}

// Sign returns the webhook-signature of a request. Your tests can sign with it. Without the check of the secret, anyone
// could sign for a receiver whose secret is not set.
func Sign(id, timestamp string, body []byte, secret string) (string, error) {
	key, err := base64.StdEncoding.DecodeString(secret)
	if err != nil || !secretForm.MatchString(secret) {
		return "", ErrSecret
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

// There are several signatures during a rotation of the secret: one right one is enough.
func oneEqual(signatures []string, expected string) error {
	for _, signature := range signatures {
		if hmac.Equal([]byte(signature), []byte(expected)) {
			return nil
		}
	}
	return errNotSigned
}
