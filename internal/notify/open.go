package notify

import "socle/internal/fault"
import "socle/internal/i18n"

// Open returns the mailer that the options describe.
func Open(options Options) (Mailer, error) {
	return nil, fault.New(fault.Invalid, "mail_not_configured", i18n.T("Aucun envoi de courriel n’est configuré.", "No mail is configured."))
}
