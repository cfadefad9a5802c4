package main

import (
	"crypto/sha256"
	"encoding/base32"
)

// hash is a short name for content, in the manner of the bundler's.
func hash(content []byte) string {
	sum := sha256.Sum256(content)
	return base32.StdEncoding.EncodeToString(sum[:5])
}
