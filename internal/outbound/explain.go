package outbound

import (
	"context"
	"errors"
	"net"
	"net/http"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// explain turns what went wrong with a host into a sentence for the person who gave its address.
func (c *Client) explain(ctx context.Context, host string, err error) error {
	var refused *refusedError
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case errors.As(err, &refused):
		return fault.New(fault.Forbidden, "outbound_address_refused", i18n.T(
			"L’adresse « %s » mène à un réseau privé ou réservé (%s) : elle est refusée. Donnez une adresse publique, ou déposez le fichier lui-même.",
			"The address “%s” leads to a private or reserved network (%s): it is refused. Give a public address, or upload the file itself.",
			host, refused.address)).Because(err)
	case errors.Is(err, errScheme):
		return fault.New(fault.Forbidden, "outbound_address_refused", i18n.T(
			"« %s » renvoie vers une adresse qui n’est ni http ni https : elle est refusée.",
			"“%s” redirects to an address that is neither http nor https: it is refused.", host)).Because(err)
	case errors.Is(err, errRedirects):
		return fault.New(fault.Invalid, "outbound_redirects", i18n.T(
			"« %s » renvoie d’adresse en adresse sans jamais donner de fichier. Donnez l’adresse du fichier lui-même.",
			"“%s” redirects again and again without giving a file. Give the address of the file itself.", host)).Because(err)
	case errors.As(err, &dns) && dns.IsNotFound:
		return fault.New(fault.Invalid, "outbound_unreachable", i18n.T(
			"Le serveur « %s » n’existe pas. Vérifiez l’adresse.",
			"The server “%s” does not exist. Check the address.", host)).Because(err)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return fault.New(fault.Unavailable, "outbound_timeout", i18n.T(
			"Le serveur « %s » n’a pas répondu à temps. Réessayez plus tard.",
			"The server “%s” did not answer in time. Try again later.", host)).Because(err)
	}
	return fault.New(fault.Unavailable, "outbound_unreachable", i18n.T(
		"Le serveur « %s » est injoignable ou a coupé la connexion. Vérifiez l’adresse, ou réessayez plus tard.",
		"The server “%s” cannot be reached or cut the connection. Check the address, or try again later.", host)).Because(err)
}

func refusedStatus(host string, status int) error {
	switch {
	case status == http.StatusNotFound || status == http.StatusGone:
		return fault.New(fault.Invalid, "outbound_status", i18n.T(
			"Le serveur « %s » ne trouve rien à cette adresse (réponse %d). Vérifiez-la.",
			"The server “%s” finds nothing at this address (answer %d). Check it.", host, status))
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return fault.New(fault.Invalid, "outbound_status", i18n.T(
			"Le serveur « %s » refuse de donner ce fichier sans identification (réponse %d). Déposez le fichier lui-même.",
			"The server “%s” does not give this file without identification (answer %d). Upload the file itself.", host, status))
	case status >= 500 || status == http.StatusTooManyRequests:
		return fault.New(fault.Unavailable, "outbound_status", i18n.T(
			"Le serveur « %s » est en difficulté (réponse %d). Réessayez plus tard.",
			"The server “%s” is in trouble (answer %d). Try again later.", host, status))
	}
	return fault.New(fault.Invalid, "outbound_status", i18n.T(
		"Le serveur « %s » n’a pas donné de fichier (réponse %d). Vérifiez l’adresse.",
		"The server “%s” gave no file (answer %d). Check the address.", host, status))
}

func (c *Client) tooLarge() error {
	return fault.New(fault.TooLarge, "outbound_too_large", i18n.T(
		"Le fichier à cette adresse dépasse la taille permise (%s). Publiez-le en plusieurs parties ou compressé.",
		"The file at this address is over the size allowed (%s). Publish it in several parts or compressed.",
		i18n.T(i18n.Bytes(i18n.FR, c.options.MaxBytes), i18n.Bytes(i18n.EN, c.options.MaxBytes))))
}
