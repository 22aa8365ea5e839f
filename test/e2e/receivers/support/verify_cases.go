// Reads requests as JSON and prints as JSON whether each is accepted.
package main

import (
	"encoding/json"
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
	accepted := []bool{}
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
		accepted = append(accepted, err == nil)
	}
	if err := json.NewEncoder(os.Stdout).Encode(accepted); err != nil {
		log.Fatal(err)
	}
}
