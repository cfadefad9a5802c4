package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// The cost of Argon2id, from the OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
const (
	argonMemory = 19 * 1024 // KiB
	argonPasses = 2
	argonLanes  = 1
	argonKey    = 32
	argonSalt   = 16
)

// What a password may be: long enough to resist guessing, short enough to be hashed.
const (
	minPassword = 12   // characters
	maxPassword = 1024 // bytes
	minDistinct = 5    // different characters
)

// hashPassword returns the password as it is stored, in the PHC string format.
func (s *Service) hashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt)
	key, err := s.derive(ctx, password, salt, argonMemory, argonPasses, argonLanes, argonKey)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonLanes,
		b64.EncodeToString(salt), b64.EncodeToString(key)), nil
}

// nobodysPassword stands for the hash of an account that does not exist, so that trying one takes as long.
var nobodysPassword = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonLanes,
	strings.Repeat("A", 22), strings.Repeat("A", 43))

// checkPassword reports whether password gives the stored hash, and whether that hash is of today's cost. An
// account without a hash takes as long, and never matches.
func (s *Service) checkPassword(ctx context.Context, stored, password string) (match, current bool, err error) {
	known := stored != ""
	if !known {
		stored = nobodysPassword
	}
	var version, memory, passes, lanes int
	var encoded string
	if _, err := fmt.Sscanf(stored, "$argon2id$v=%d$m=%d,t=%d,p=%d$%s", &version, &memory, &passes, &lanes, &encoded); err != nil {
		return false, false, fmt.Errorf("identity: stored password: %w", err)
	}
	saltText, keyText, _ := strings.Cut(encoded, "$")
	salt, err := base64.RawStdEncoding.DecodeString(saltText)
	if err != nil {
		return false, false, fmt.Errorf("identity: stored password: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(keyText)
	if err != nil || len(want) == 0 {
		return false, false, fmt.Errorf("identity: stored password: %w", err)
	}
	got, err := s.derive(ctx, password, salt, memory, passes, lanes, len(want))
	if err != nil {
		return false, false, err
	}
	match = subtle.ConstantTimeCompare(got, want) == 1 && known
	return match, memory == argonMemory && passes == argonPasses && lanes == argonLanes, nil
}

// derive runs Argon2id when a slot is free. The same password typed on two keyboards is the same text: NFKC.
func (s *Service) derive(ctx context.Context, password string, salt []byte, memory, passes, lanes, size int) ([]byte, error) {
	if len(password) > maxPassword {
		password = password[:maxPassword+1] // too long to be anybody's: hash something, match nothing
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(norm.NFKC.String(password)), salt, uint32(passes), uint32(memory), uint8(lanes), uint32(size)), nil
}

// acceptable says what is wrong with a new password.
func acceptable(password, email string) error {
	distinct := map[rune]bool{}
	for _, r := range password {
		distinct[r] = true
	}
	var message i18n.Text
	local, _, _ := strings.Cut(email, "@")
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		message = i18n.T("Le mot de passe est trop court : il en faut au moins %d caractères. Quelques mots sans lien font un bon mot de passe.",
			"The password is too short: at least %d characters are needed. A few unrelated words make a good one.", minPassword)
	case len(password) > maxPassword:
		message = i18n.T("Le mot de passe est trop long : au plus %d octets.", "The password is too long: at most %d bytes.", maxPassword)
	case len(distinct) < minDistinct:
		message = i18n.T("Le mot de passe répète toujours les mêmes caractères. Choisissez-en un plus varié.",
			"The password repeats the same characters. Choose a more varied one.")
	case len(local) >= 4 && strings.Contains(strings.ToLower(password), local):
		message = i18n.T("Le mot de passe contient l’adresse électronique. Choisissez-en un qui ne se devine pas.",
			"The password contains the e-mail address. Choose one that cannot be guessed.")
	default:
		return nil
	}
	return fault.New(fault.Invalid, "password_weak", message).At("password")
}
