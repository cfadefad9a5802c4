package notify

import (
	"cmp"
	"net/mail"
	"strings"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// Open returns the mailer that the options describe, or a fault of kind Invalid that says what is missing. It does
// not connect: a server that is away for the moment must not keep Socle from starting.
func Open(options Options) (Mailer, error) {
	if !validAddress(options.From.Email) {
		return nil, fault.New(fault.Invalid, "mail_sender_invalid", i18n.T(
			"L’adresse d’expédition « %s » n’est pas une adresse électronique. Corrigez-la dans la configuration.",
			"The sender address “%s” is not an e-mail address. Correct it in the configuration.", options.From.Email))
	}
	options.Site = cmp.Or(options.Site, "Socle")
	options.From.Name = cmp.Or(options.From.Name, options.Site)
	switch {
	case options.Host != "":
		return newServer(options)
	case options.Folder != "":
		return &folder{options}, nil
	}
	return nil, fault.New(fault.Invalid, "mail_not_configured", i18n.T(
		"L’envoi de courriels n’est pas configuré : donnez un serveur SMTP ou un dossier.",
		"Mail is not configured: give an SMTP server or a folder."))
}

func validAddress(address string) bool {
	parsed, err := mail.ParseAddress(address)
	return err == nil && parsed.Address == address && !strings.ContainsAny(address, "\r\n")
}
