// Reads requests as JSON and prints for each, as JSON, whether it is accepted, or "misconfigured".
package main

import (
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"time"

	"example.com/receiver"
)

type request struct {
	Body    string
	Headers map[string]string
	Secret  string
	Now     int64
}

func main() {
	var requests []request
	if err := json.NewDecoder(os.Stdin).Decode(&requests); err != nil {
		log.Fatal(err)
	}
	verdicts := []any{}
	for _, r := range requests {
		header := http.Header{}
		for name, value := range r.Headers {
			header.Set(name, value)
		}
		var err error
		if os.Args[1] == "Verify" {
			err = receiver.Verify([]byte(r.Body), header, r.Secret, time.Unix(r.Now, 0))
		} else {
			err = receiver.VerifyBody([]byte(r.Body), header, r.Secret)
		}
		if errors.Is(err, receiver.ErrSecret) {
			verdicts = append(verdicts, "misconfigured")
		} else {
			verdicts = append(verdicts, err == nil)
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(verdicts); err != nil {
		log.Fatal(err)
	}
}
