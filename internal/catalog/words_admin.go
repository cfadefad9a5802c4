package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"socle/internal/audit"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/jobs"
	"socle/internal/web/ui"
)

// Short forms for the templates of accounts and of the administration.

func scopesText(ctx context.Context, scopes []identity.Scope) string {
	var texts []string
	for _, scope := range scopes {
		texts = append(texts, say(ctx, scopeLabel(scope)))
	}
	return strings.Join(texts, ", ")
}

func tokenEnd(ctx context.Context, t identity.Token, now time.Time) string {
	switch {
	case !t.RevokedAt.IsZero():
		return i18n.S(ctx, "révoqué", "revoked")
	case t.ExpiresAt.IsZero():
		return i18n.S(ctx, "sans limite", "without end")
	case t.ExpiresAt.Before(now):
		return i18n.S(ctx, "expiré le %s", "ended on %s", day(ctx, t.ExpiresAt))
	}
	return day(ctx, t.ExpiresAt)
}

func userState(ctx context.Context, u identity.User) string {
	if u.Disabled {
		return i18n.S(ctx, "fermé", "closed")
	}
	return i18n.S(ctx, "ouvert", "open")
}

func inviteHint(ctx context.Context, canSend bool) string {
	if canSend {
		return i18n.S(ctx, "Un lien pour choisir un mot de passe y sera envoyé.", "A link to choose a password will be sent there.")
	}
	return ""
}

func ownHint(ctx context.Context, o identity.Organization) string {
	if o.Own {
		return i18n.S(ctx, "Ses administrateurs administrent tout le portail.", "Its administrators administer the whole portal.")
	}
	return ""
}

func kindLabel(kind string) i18n.Text {
	for _, k := range identity.OrganizationKinds() {
		if k.ID == kind {
			return k.Label
		}
	}
	return i18n.Text{}
}

func kindOptions(ctx context.Context, chosen string) []ui.Option {
	var options []ui.Option
	for _, k := range identity.OrganizationKinds() {
		options = append(options, ui.Option{Value: k.ID, Label: say(ctx, k.Label), Selected: k.ID == first(chosen, "other")})
	}
	return options
}

func brokenReason(reason string) i18n.Text {
	switch reason {
	case audit.ReasonChanged:
		return i18n.T("Le contenu de cette ligne ne donne plus son empreinte : elle a été modifiée.", "The content of this line no longer gives its digest: it was changed.")
	case audit.ReasonMissing:
		return i18n.T("Cette ligne n’est plus là : elle a été supprimée.", "This line is gone: it was deleted.")
	case audit.ReasonChain:
		return i18n.T("Cette ligne ne suit pas la précédente : des lignes ont été déplacées ou remplacées.", "This line does not follow the one before: lines were moved or replaced.")
	case audit.ReasonHead:
		return i18n.T("La dernière ligne n’est pas celle que le journal annonce : il a été raccourci ou allongé.", "The last line is not the one that the record announces: it was cut or extended.")
	}
	return i18n.T("Le journal ne se vérifie pas.", "The record does not verify.")
}

func recordNext(p record) string {
	q := url.Values{"avant": {strconv.FormatInt(p.Next, 10)}}
	if p.Filter.Action != "" {
		q.Set("action", p.Filter.Action)
	}
	return pathRecord + "?" + q.Encode()
}

func jobsNext(p jobList) string {
	q := url.Values{"avant": {strconv.FormatInt(p.Next, 10)}}
	if p.State != "" {
		q.Set("etat", string(p.State))
	}
	return pathJobs + "?" + q.Encode()
}

// detailText writes the detail of an entry on one line, in a stable order.
func detailText(detail map[string]any) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(detail)) {
		value := fmt.Sprint(detail[key])
		if len(value) == hex.EncodedLen(sha256.Size) {
			value = value[:12] + "…"
		}
		parts = append(parts, key+" = "+value)
	}
	return shorten(strings.Join(parts, " ; "), 300)
}

func stateTags(ctx context.Context, p jobList) []ui.TagInfo {
	tags := []ui.TagInfo{}
	for _, state := range p.States {
		tag := ui.TagInfo{Label: say(ctx, jobStateLabel(state)), URL: pathJobs + "?etat=" + url.QueryEscape(string(state))}
		if state == p.State {
			tag = ui.TagInfo{Label: tag.Label, URL: pathJobs, Remove: true}
		}
		tags = append(tags, tag)
	}
	return tags
}

func jobKind(state jobs.State) string {
	switch state {
	case jobs.Failed:
		return ui.Failure
	case jobs.Retrying:
		return ui.Warning
	case jobs.Done:
		return ui.Success
	case jobs.Running:
		return ui.Info
	}
	return ui.Neutral
}

// conceptLabel returns how people call what a column identifies.
func conceptLabel(concept string) i18n.Text {
	switch concept {
	case "uai":
		return i18n.T("Code UAI d’établissement", "School code (UAI)")
	case "commune":
		return i18n.T("Code commune (INSEE)", "Commune code (INSEE)")
	case "departement":
		return i18n.T("Code département", "Département code")
	case "region":
		return i18n.T("Code région", "Région code")
	case "postal", "code_postal", "postcode":
		return i18n.T("Code postal", "Postal code")
	case "phone", "telephone":
		return i18n.T("Téléphone", "Phone")
	case "email":
		return i18n.T("Courriel", "E-mail")
	}
	return i18n.Text{FR: strings.ToUpper(concept), EN: strings.ToUpper(concept)}
}

// actLabel returns how people call an act of the record; one that is not known here shows its name.
func actLabel(action string) i18n.Text {
	switch action {
	case "dataset.create":
		return i18n.T("Jeu créé", "Dataset created")
	case "dataset.describe":
		return i18n.T("Jeu décrit", "Dataset described")
	case "dataset.publish":
		return i18n.T("Version publiée", "Version published")
	case "version.erase":
		return i18n.T("Version effacée", "Version erased")
	case "access.grant":
		return i18n.T("Droit accordé", "Grant given")
	case "access.revoke":
		return i18n.T("Droit retiré", "Grant revoked")
	case "membership.set":
		return i18n.T("Rôle donné", "Role given")
	case "organization.create":
		return i18n.T("Organisation créée", "Organisation created")
	case "organization.update":
		return i18n.T("Organisation modifiée", "Organisation changed")
	case "organization.delete":
		return i18n.T("Organisation supprimée", "Organisation deleted")
	case "token.create":
		return i18n.T("Jeton créé", "Token made")
	case "token.revoke":
		return i18n.T("Jeton révoqué", "Token revoked")
	case "user.sign_in":
		return i18n.T("Connexion", "Sign-in")
	case "user.create":
		return i18n.T("Compte ouvert", "Account opened")
	case "user.update":
		return i18n.T("Compte modifié", "Account changed")
	case "user.disable":
		return i18n.T("Compte fermé", "Account closed")
	case "user.erase":
		return i18n.T("Compte effacé", "Account erased")
	case "user.password":
		return i18n.T("Mot de passe changé", "Password changed")
	}
	return i18n.Text{FR: action, EN: action}
}
