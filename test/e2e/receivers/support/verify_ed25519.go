// Reads an array of {"key", "text", "signature"}, and prints whether each Ed25519 signature is valid.
package main

import (
	"crypto/ed25519"
	"encoding/json"
	"os"
)

type entry struct {
	Key       []byte
	Text      string
	Signature []byte
}

func main() {
	var entries []entry
	if err := json.NewDecoder(os.Stdin).Decode(&entries); err != nil {
		panic(err)
	}
	valid := make([]bool, len(entries))
	for index, each := range entries {
		valid[index] = ed25519.Verify(each.Key, []byte(each.Text), each.Signature)
	}
	if err := json.NewEncoder(os.Stdout).Encode(valid); err != nil {
		panic(err)
	}
}
