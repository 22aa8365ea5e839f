package receiver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const tolerance = 5 * time.Minute

var errNotSigned = errors.New("not signed by us")

// Verify returns an error unless the request is genuine and recent, going by webhook-signature.
func Verify(body []byte, header http.Header, secret string, now time.Time) error {
	id, timestamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return errors.New("too old or too new")
	}
	key, err := base64.StdEncoding.DecodeString(secret)
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, body)
	expected := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	// There are several signatures while a secret is being rotated: one right one is enough.
	return oneEqual(strings.Split(header.Get("webhook-signature"), " "), expected)
}

// VerifyBody does the same for x-docmap-signature, which says nothing about when the request was made.
func VerifyBody(body []byte, header http.Header, secret string) error {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	expected := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	return oneEqual(strings.Split(header.Get("x-docmap-signature"), ","), expected)
}

func oneEqual(signatures []string, expected string) error {
	for _, signature := range signatures {
		if hmac.Equal([]byte(signature), []byte(expected)) {
			return nil
		}
	}
	return errNotSigned
}
