// Package notify writes to people: today by mail, sent through an SMTP server or laid in a folder.
//
// A message is a few paragraphs and perhaps one link, in both languages; the package makes of it a plain text and
// an HTML that say the same, in the language of the person, or in both when it is not known. Whoever sends decides
// what to say and to whom; this package only knows how. Sending is not transactional: send from a job.
package notify

import (
	"context"
	"crypto/x509"

	"socle/internal/i18n"
)

// Address is a mailbox and the name of its owner.
type Address struct {
	Name  string // as people write it; may be empty
	Email string
}

// Link is the one thing a message asks its reader to open.
type Link struct {
	Label i18n.Text
	URL   string // absolute
}

// Message is what is said to one person.
type Message struct {
	To         Address
	Lang       i18n.Lang // of the reader; both languages, French first, when empty
	Subject    i18n.Text
	Paragraphs []i18n.Text // plain text; line breaks inside a paragraph are kept
	Link       *Link       // below the paragraphs, when there is one
	ID         string      // stable name of the event: makes the Message-ID, so that a retry is recognised; optional
}

// Mailer sends messages. [Open] returns one of the two there are.
type Mailer interface {
	// Send delivers one message, or returns a fault of kind Invalid when the address cannot be one, of kind
	// Unavailable when the server is away or refuses for the moment.
	Send(ctx context.Context, m Message) error
}

// Options says where mail goes: through a server when Host is set, else to Folder.
type Options struct {
	From     Address
	Site     string // name of the installation, at the foot of messages
	Host     string // SMTP server
	Port     int    // 587 when 0, 465 with ImplicitTLS
	Username string // no authentication when empty
	Password string
	Security Security
	RootCAs  *x509.CertPool // who may vouch for the server; the machine's own list when nil
	Folder   string         // where messages are laid as .eml files when Host is empty
}

// Security says how the connection to the SMTP server is encrypted.
type Security string

// The ways to encrypt; the zero value is StartTLS, required.
const (
	StartTLS    Security = ""         // the server must offer STARTTLS
	ImplicitTLS Security = "implicit" // TLS from the first byte
	Cleartext   Security = "none"     // for a relay on the same machine
)
