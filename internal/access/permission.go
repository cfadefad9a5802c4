package access

import (
	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
)

// Permission is what a route asks before its handler runs. Its zero value lets nobody in, so a route that forgets
// it stays shut. The handler then asks about the asset itself.
type Permission struct {
	audience audience
	action   Action
}

type audience int

const (
	nobody audience = iota
	everybody
	signedIn
	holders
	platform
)

// The permissions of routes.
var (
	Public   = Permission{audience: everybody} // anybody; the handler still asks [Service.Can] for what it shows
	SignedIn = Permission{audience: signedIn}
	Platform = Permission{audience: platform} // administrators of the installation
)

// On is the permission of whoever may do action in at least one organisation.
func On(action Action) Permission { return Permission{audience: holders, action: action} }

// IsPublic reports whether anybody may pass.
func (p Permission) IsPublic() bool { return p.audience == everybody }

// String says the permission for a table of routes: "public", "signed-in", "platform", "on publish", "nobody".
func (p Permission) String() string {
	switch p.audience {
	case everybody:
		return "public"
	case signedIn:
		return "signed-in"
	case holders:
		return "on " + string(p.action)
	case platform:
		return "platform"
	}
	return "nobody"
}

// Check answers nil when the principal may take the route, Unauthenticated when signing in could help, and
// Forbidden otherwise.
func (p Permission) Check(who identity.Principal) error {
	if p.audience == everybody {
		return nil
	}
	if p.audience == nobody {
		return fault.New(fault.Forbidden, "route_shut", i18n.T("Cette adresse n’est ouverte à personne.", "This address is open to nobody."))
	}
	if who.IsAnonymous() {
		return signInFirst()
	}
	switch p.audience {
	case holders:
		// A draft asks for less than what is published; the handler asks again about the asset.
		return allowed(who, p.action, who.Highest(), asset.Draft)
	case platform:
		if !who.PlatformAdmin {
			return fault.New(fault.Forbidden, "platform_needed", i18n.T(
				"Cette page est réservée à qui administre l’installation.", "This page is for those who administer the installation."))
		}
		if !who.Allows(identity.ScopeAdmin) {
			return scopeNeeded(identity.ScopeAdmin)
		}
		return nil
	}
	if !who.Allows(identity.ScopeRead) {
		return scopeNeeded(identity.ScopeRead)
	}
	return nil
}
